import {
  type Architecture,
  checkImageSize,
  findArchitecture,
  ImageSizeError,
  type Preprocessing,
  UnknownArchitectureError,
} from '@coatrack/models';
import { z } from 'zod';
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
  architecture: word.nullish(),
  input_size: sizeSchema.nullish(),
  test_input_size: sizeSchema.nullish(),
  crop_pct: z.number().positive().max(1).nullish(),
  test_crop_pct: z.number().positive().max(1).nullish(),
  crop_mode: word.nullish(),
  interpolation: word.nullish(),
  mean: perChannel(z.number()).nullish(),
  std: perChannel(z.number().positive()).nullish(),
  label_names: labelsSchema.nullish(),
});

const configSchema = z.object({
  architecture: word.nullish(),
  label_names: labelsSchema.nullish(),
  pretrained_cfg: pretrainedSchema.nullish(),
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
  if (json === undefined) throw invalid(repository, 'it is not valid JSON.');
  const parsed = configSchema.safeParse(json);
  if (!parsed.success) {
    const [{ path, message }] = parsed.error.issues;
    throw invalid(repository, `${path.join('.') || 'it'}: ${message}`);
  }
  const whole = parsed.data;
  // Older files are not nested.
  const old = whole.pretrained_cfg === undefined || whole.pretrained_cfg === null;
  const flat = old ? pretrainedSchema.safeParse(json).data : undefined;
  const config = whole.pretrained_cfg ?? flat ?? {};
  const mode = oneOf(cropModes, config.crop_mode, 'crop_mode');
  const interpolation = oneOf(interpolations, config.interpolation, 'interpolation');
  return {
    architecture: whole.architecture ?? config.architecture ?? undefined,
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
    if (!(error instanceof UnknownArchitectureError)) throw error;
    const first = firstGeneration.test(name) ? `"${name}" is EfficientNet V1. ` : '';
    throw invalid(repository, `${first}${error.message}`);
  }
}

/** What timm and torchvision call the networks of the first paper: B0 to B8 and L2. */
const firstGeneration = /^(tf_)?efficientnet_(b\d|l2)/;

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
