import type { Checkpoint, Preprocessing } from '../architecture';
import type { efficientNetV2Tables } from './table';
import { centred, classCounts } from '../published';

type Size = keyof typeof efficientNetV2Tables;

/** The catalogue's entry for a size. */
interface Facts {
  size: Size;
  evaluation: Preprocessing;
  scratch?: { top1: number };
  pretrained?: { top1: number };
}

const released = 'https://storage.googleapis.com/cloud-tpu-checkpoints/efficientnet/v2';
const applications = 'https://storage.googleapis.com/tensorflow/keras-applications/efficientnet_v2';

/** (x − 128) / 128 of 8-bit values. */
const byteCentred = { mean: same(128 / 255), std: same(128 / 255) };

function same(value: number): [number, number, number] {
  return [value, value, value];
}

/**
 * Returns the released code's preprocessing in evaluation: EfficientNet's for B0 to B3, a plain bilinear resize for the
 * others.
 */
function releasedEvaluation(
  { size, evaluation }: Facts,
  values: Pick<Preprocessing, 'mean' | 'std'>,
): Preprocessing {
  if (size.startsWith('B')) return evaluation;
  const resize = { cropPercent: 1, cropMode: 'squash', interpolation: 'bilinear' } as const;
  return { imageSize: evaluation.imageSize, ...resize, ...values };
}

/** Lists the TensorFlow checkpoints released with the paper: github.com/google/automl, efficientnetv2/README.md. */
export function googleCheckpoints(facts: Facts): Checkpoint[] {
  const checkpoint = (
    suffix: string,
    tag: string,
    rest: Pick<Checkpoint, 'pretraining' | 'preprocessing'> &
      Partial<Pick<Checkpoint, 'classes' | 'publisherTop1'>>,
  ): Checkpoint => ({
    name: `efficientnetv2_${facts.size.toLowerCase()}.google_${tag}`,
    publisher: 'google',
    location: { url: `${released}/efficientnetv2-${facts.size.toLowerCase()}${suffix}.tgz` },
    format: 'tensorflow',
    classes: classCounts.in1k,
    licence: 'Apache-2.0',
    ...rest,
  });
  const { scratch, pretrained } = facts;
  const trained = releasedEvaluation(facts, byteCentred);
  const fineTuned = releasedEvaluation(facts, centred);
  const found: Checkpoint[] = [];
  if (pretrained) {
    found.push(
      checkpoint('-21k-ft1k', 'in21k_ft_in1k', {
        pretraining: 'ImageNet-21k',
        preprocessing: fineTuned,
        publisherTop1: pretrained.top1,
      }),
    );
  }
  if (scratch) {
    const { top1: publisherTop1 } = scratch;
    found.push(
      checkpoint('', 'in1k', { pretraining: 'none', preprocessing: trained, publisherTop1 }),
    );
  }
  if (pretrained) {
    const classes = classCounts.in21k;
    found.push(
      checkpoint('-21k', 'in21k', { pretraining: 'none', preprocessing: trained, classes }),
    );
  }
  return found;
}

/** keras.applications: ImageNet-1k top-1 from its documentation, and the MD5 of the file with the classifier. */
const kerasFiles: Partial<Record<Size, [top1: number, md5: string]>> = {
  B0: [0.787, '21ecbf6da12460d5c40bb2f29ceb2188'],
  B1: [0.798, '069f0534ff22adf035c89e2d9547a9dc'],
  B2: [0.805, '424e49f28180edbde1e94797771950a7'],
  B3: [0.82, '1f1fc43bd98a6e4fd8fdfd551e02c7a0'],
  S: [0.839, 'e1d88a8495beba45748fedd0cecbe016'],
  M: [0.853, 'a3bf6aa3276309f4fc6a34aa114c95cd'],
  L: [0.857, '27e6d408b53c7ebc868fefa357689935'],
};

/** Lists the released weights as published by keras.applications, with the normalisation in the network's first layers. */
export function kerasCheckpoints(facts: Facts): Checkpoint[] {
  const size = facts.size.toLowerCase();
  const file = kerasFiles[facts.size];
  if (!file) return [];
  const [publisherTop1, md5] = file;
  return [
    {
      name: `efficientnetv2_${size}.keras_in1k`,
      publisher: 'keras',
      location: { url: `${applications}/efficientnetv2-${size}.h5` },
      format: 'keras',
      classes: classCounts.in1k,
      licence: 'Apache-2.0',
      preprocessing: releasedEvaluation(facts, byteCentred),
      pretraining: 'none',
      publisherTop1,
      md5,
    },
  ];
}
