import type { ArchitectureParts } from '../architecture';
import { efficientNetV2Parts } from './published';
import { rwTables, torchvisionTables } from './table';
import {
  centred,
  classCounts,
  evaluation,
  imageNet,
  onlyWeights,
  timmCheckpoint,
} from '../published';

const rwEntries = [
  { size: 'T', tag: 'ra2_in1k', trainImageSize: 224, imageSize: 288, top1: 0.8234 },
  { size: 'S', tag: 'ra2_in1k', trainImageSize: 288, imageSize: 384, top1: undefined },
  { size: 'M', tag: 'agc_in1k', trainImageSize: 320, imageSize: 416, top1: 0.8481 },
] as const;

const rw = rwEntries.map((entry): ArchitectureParts => {
  const { size, tag, trainImageSize, imageSize, top1 } = entry;
  const name = `efficientnetv2_rw_${size.toLowerCase()}`;
  const preprocessing = evaluation(imageSize, 1, imageNet);
  return {
    ...efficientNetV2Parts(rwTables[size]),
    name,
    aliases: [],
    source: 'timm',
    title: `EfficientNetV2-${size} rw`,
    trainImageSize,
    preprocessing,
    published: onlyWeights('timm 1.0.28'),
    checkpoints: [timmCheckpoint(name, tag, preprocessing, top1)],
  };
});

const torchvisionEntries = [
  {
    size: 'S',
    trainImageSize: 300,
    preprocessing: { ...evaluation(384, 1, imageNet), interpolation: 'bilinear' },
    top1: 0.84228,
    file: 'efficientnet_v2_s-dd5fe13b.pth',
  },
  {
    size: 'M',
    trainImageSize: 384,
    preprocessing: { ...evaluation(480, 1, imageNet), interpolation: 'bilinear' },
    top1: 0.85112,
    file: 'efficientnet_v2_m-dc08266a.pth',
  },
  {
    size: 'L',
    trainImageSize: 384,
    preprocessing: evaluation(480, 1, centred),
    top1: 0.85808,
    file: 'efficientnet_v2_l-59c71312.pth',
  },
] as const;

const torchvision = torchvisionEntries.map((entry): ArchitectureParts => {
  const { size, trainImageSize, preprocessing, top1, file } = entry;
  const name = `efficientnet_v2_${size.toLowerCase()}`;
  return {
    ...efficientNetV2Parts(torchvisionTables[size]),
    name,
    aliases: [`torchvision_${name}`],
    source: 'torchvision',
    title: `EfficientNetV2-${size} torchvision`,
    trainImageSize,
    preprocessing,
    published: {
      source: 'torchvision',
      accuracies: [{ pretraining: 'none', imageSize: preprocessing.imageSize, top1 }],
    },
    checkpoints: [
      {
        name: `${name}.IMAGENET1K_V1`,
        publisher: 'torchvision',
        location: { url: `https://download.pytorch.org/models/${file}` },
        format: 'pytorch',
        classes: classCounts.in1k,
        // torchvision's own licence; it notes that the terms of the training images may also apply.
        licence: 'BSD-3-Clause',
        preprocessing,
        pretraining: 'none',
        publisherTop1: top1,
      },
    ],
  };
});

/** The libraries' variants of EfficientNetV2. */
export const efficientNetV2Variants: readonly ArchitectureParts[] = [...rw, ...torchvision];
