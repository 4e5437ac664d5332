import {
  type Architecture,
  checkImageSize,
  findArchitecture,
  ImageSizeError,
  type Preprocessing,
  UnknownArchitectureError,
} from '@coatrack/models';
import { z } from 'zod';
import { problemsOf } from '../errors/invalid-request';
import { labelsSchema } from '../models/model.dto';
import { parseJsonText } from './json-text';
import { RemoteError } from './remote-error';

const sizeSchema = z
  .tuple([z.literal(3), z.int(), z.int()])
  .refine(([, height, width]) => height === width, 'must be a square');

const perChannel = (value: z.ZodNumber) => z.tuple([value, value, value]);

/** What timm says of weights; what it leaves out is as in the architecture. */
const pretrainedSchema = z.object({
  architecture: z.string().max(200).optional(),
  input_size: sizeSchema.optional(),
  test_input_size: sizeSchema.nullish(),
  crop_pct: z.number().positive().max(1).optional(),
  test_crop_pct: z.number().positive().max(1).nullish(),
  crop_mode: z.enum(['center', 'squash']).optional(),
  interpolation: z.enum(['bicubic', 'bilinear']).optional(),
  mean: perChannel(z.number()).optional(),
  std: perChannel(z.number().positive()).optional(),
  label_names: labelsSchema.optional(),
});

const configSchema = z.object({
  architecture: z.string().max(200).optional(),
  label_names: labelsSchema.optional(),
  pretrained_cfg: pretrainedSchema.optional(),
});

/** What a repository's config.json says, as far as it does. */
export interface PretrainedConfig {
  architecture?: string;
  labels?: string[];
  preprocessing(base: Preprocessing): Preprocessing;
}

/**
 * Reads the config.json of a repository of timm's kind.
 * @throws RemoteError HUB_INVALID_CONFIG naming what is wrong
 */
export function readPretrainedConfig(text: string, repository: string): PretrainedConfig {
  const json = parseJsonText(text);
  const parsed = configSchema.safeParse(json);
  if (!parsed.success) {
    const [{ where, message }] = problemsOf(parsed.error);
    throw invalid(repository, `${where === '' ? 'it' : where} ${message}`);
  }
  // Older files are the configuration itself.
  const old = parsed.data.pretrained_cfg === undefined;
  const flat = old ? pretrainedSchema.safeParse(json).data : undefined;
  const config = parsed.data.pretrained_cfg ?? flat ?? {};
  return {
    architecture: parsed.data.architecture ?? config.architecture,
    labels: parsed.data.label_names ?? config.label_names,
    preprocessing: (base) => merged(base, config),
  };
}

/** @throws RemoteError HUB_INVALID_CONFIG when there is no such network, or none for pictures of this size */
export function architectureFor(
  name: string,
  repository: string,
  preprocessing: (architecture: Architecture) => Preprocessing,
): { architecture: Architecture; preprocessing: Preprocessing } {
  try {
    const architecture = findArchitecture(name);
    const found = preprocessing(architecture);
    checkImageSize(architecture, found.imageSize);
    return { architecture, preprocessing: found };
  } catch (error) {
    if (error instanceof UnknownArchitectureError || error instanceof ImageSizeError) {
      throw invalid(repository, error.message);
    }
    throw error;
  }
}

function merged(base: Preprocessing, config: z.output<typeof pretrainedSchema>): Preprocessing {
  const [, side] = config.test_input_size ?? config.input_size ?? [];
  const mode = config.crop_mode ?? base.cropMode;
  return {
    imageSize: side ?? base.imageSize,
    cropPercent: config.test_crop_pct ?? config.crop_pct ?? base.cropPercent,
    ...(mode === 'squash' ? { cropMode: mode } : {}),
    interpolation: config.interpolation ?? base.interpolation,
    mean: config.mean ?? base.mean,
    std: config.std ?? base.std,
  };
}

function invalid(repository: string, reason: string): RemoteError {
  const message = `The config.json of ${repository} can't be used: ${reason}`;
  return new RemoteError('HUB', 'INVALID_CONFIG', message);
}
