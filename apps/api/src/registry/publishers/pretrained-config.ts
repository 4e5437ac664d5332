import {
  type Architecture,
  checkImageSize,
  findArchitecture,
  ImageSizeError,
  type Preprocessing,
  UnknownArchitectureError,
} from '@coatrack/models';
import { z } from 'zod';
import { problemsOf } from '../../platform/errors/invalid-request';
import { labelsSchema } from '../models/model.dto';
import { parseJsonText, RemoteError } from './remote-error';

const sizeSchema = z
  .tuple([z.literal(3), z.int(), z.int()])
  .refine(([, height, width]) => height === width, 'must be a square');

const perChannel = (value: z.ZodNumber) => z.tuple([value, value, value]);

const word = z.string().max(200);
const cropModes = ['center', 'squash'] as const;
const interpolations = ['bicubic', 'bilinear'] as const;

/** timm's description of weights; missing fields default to the architecture's. */
const pretrainedSchema = z.object({
  architecture: word.optional(),
  input_size: sizeSchema.optional(),
  test_input_size: sizeSchema.nullish(),
  crop_pct: z.number().positive().max(1).optional(),
  test_crop_pct: z.number().positive().max(1).nullish(),
  crop_mode: word.nullish(),
  interpolation: word.nullish(),
  mean: perChannel(z.number()).optional(),
  std: perChannel(z.number().positive()).optional(),
  label_names: labelsSchema.optional(),
});

const configSchema = z.object({
  architecture: word.optional(),
  label_names: labelsSchema.optional(),
  pretrained_cfg: pretrainedSchema.optional(),
  /** Fields of transformers: names of its Python classes, the type of the model, and the labels by index. */
  architectures: z.array(word).nullish().catch(undefined),
  model_type: word.nullish().catch(undefined),
  id2label: z.record(z.string(), z.string()).nullish().catch(undefined),
  label2id: z
    .record(z.string(), z.union([z.int(), z.string()]))
    .nullish()
    .catch(undefined),
});

type Config = z.output<typeof configSchema>;

/** The usable content of a repository's config.json. */
export interface PretrainedConfig {
  architecture?: string;
  labels?: string[];
  /** Fields that could not be used, in full sentences. */
  notes: string[];
  preprocessing(base: Preprocessing): Preprocessing;
  /** @throws RemoteError HUB_INVALID_CONFIG for an unsupported network */
  checkKind(): void;
}

/**
 * Reads the config.json of a repository for timm or transformers.
 * @throws RemoteError HUB_INVALID_CONFIG naming what is wrong
 */
export function readPretrainedConfig(text: string, repository: string): PretrainedConfig {
  const json = parseJsonText(text);
  const parsed = configSchema.safeParse(json);
  if (!parsed.success) {
    const [{ where, message }] = problemsOf(parsed.error);
    throw invalid(repository, `${where === '' ? 'it' : where} ${message}`);
  }
  const whole = parsed.data;
  // Older files are not nested.
  const old = whole.pretrained_cfg === undefined;
  const flat = old ? pretrainedSchema.safeParse(json).data : undefined;
  const config = whole.pretrained_cfg ?? flat ?? {};
  const mode = oneOf(cropModes, config.crop_mode, 'crop_mode');
  const interpolation = oneOf(interpolations, config.interpolation, 'interpolation');
  return {
    architecture: whole.architecture ?? config.architecture,
    labels: whole.label_names ?? config.label_names ?? labelsById(whole),
    notes: [...mode.notes, ...interpolation.notes],
    preprocessing: (base) => merged(base, config, mode.value, interpolation.value),
    checkKind: () => checkKind(whole, repository),
  };
}

/** @throws RemoteError HUB_INVALID_CONFIG for an unknown network */
export function architectureFor(name: string, repository: string): Architecture {
  try {
    return findArchitecture(name);
  } catch (error) {
    throw error instanceof UnknownArchitectureError ? invalid(repository, error.message) : error;
  }
}

/** @throws RemoteError HUB_INVALID_CONFIG when the architecture does not accept images of this size */
export function preprocessingFor(
  architecture: Architecture,
  preprocessing: Preprocessing,
  repository: string,
): Preprocessing {
  try {
    checkImageSize(architecture, preprocessing.imageSize);
    return preprocessing;
  } catch (error) {
    throw error instanceof ImageSizeError ? invalid(repository, error.message) : error;
  }
}

/** Returns a setting, or adds a note if its value is not supported: timm has more than evaluation needs. */
function oneOf<T extends string>(
  known: readonly T[],
  value: string | null | undefined,
  field: string,
): { value?: T; notes: string[] } {
  if (value === null || value === undefined) return { notes: [] };
  const found = known.find((each) => each === value);
  if (found) return { value: found, notes: [] };
  const note = `The config.json has the unsupported ${field} "${value}"; the architecture's published value is used instead.`;
  return { notes: [note] };
}

/** Returns transformers' labels in order, without the placeholders that it generates if there are none. */
function labelsById({ id2label, label2id }: Config): string[] | undefined {
  const byId = id2label
    ? Object.entries(id2label)
    : Object.entries(label2id ?? {}).map(([label, id]) => [String(id), label] as const);
  const labels = new Map(byId);
  const inOrder = Array.from({ length: labels.size }, (_, id) => labels.get(String(id)));
  if (inOrder.every((label, id) => label === `LABEL_${id}`)) return undefined;
  return labelsSchema.safeParse(inOrder).data;
}

function checkKind({ architectures, model_type: type }: Config, repository: string): void {
  const name = architectures?.[0];
  const isWrapper = type === 'timm_wrapper' || name?.startsWith('TimmWrapper');
  if (isWrapper || (!name && !type)) return;
  const kind = [name, type && `model_type "${type}"`].filter(Boolean).join(', ');
  const first = type === 'efficientnet' ? ' That is EfficientNet V1.' : '';
  throw invalid(
    repository,
    `it describes ${kind}.${first} Only EfficientNetV2 and CoAtNet are supported; if these weights belong to one of them, give the architecture.`,
  );
}

function merged(
  base: Preprocessing,
  config: z.output<typeof pretrainedSchema>,
  cropMode: Preprocessing['cropMode'] = base.cropMode,
  interpolation: Preprocessing['interpolation'] = base.interpolation,
): Preprocessing {
  const [, side] = config.test_input_size ?? config.input_size ?? [];
  return {
    imageSize: side ?? base.imageSize,
    cropPercent: config.test_crop_pct ?? config.crop_pct ?? base.cropPercent,
    ...(cropMode === 'squash' ? { cropMode } : {}),
    interpolation,
    mean: config.mean ?? base.mean,
    std: config.std ?? base.std,
  };
}

function invalid(repository: string, reason: string): RemoteError {
  const message = `The config.json of ${repository} cannot be used: ${reason}`;
  return new RemoteError('HUB', 'INVALID_CONFIG', message);
}
