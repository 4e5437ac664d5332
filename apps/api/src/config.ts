import { type DatasetLimits, defaultDatasetLimits } from '@coatrack/training';
import { totalmem } from 'node:os';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';
import { type ModelSelector, parseModelReference } from './platform/model-reference';

const mebibyte = 1024 ** 2;
const gibibyte = 1024 ** 3;

const anyWholeNumber = (minimum: number, maximum: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .refine(
      (value) => value >= minimum && value <= maximum,
      `must be from ${minimum} to ${maximum}`,
    );

const wholeNumber = (fallback: number, minimum: number, maximum: number) =>
  anyWholeNumber(minimum, maximum).default(fallback);

const positive = (fallback: number) => wholeNumber(fallback, 1, Number.MAX_SAFE_INTEGER);

const urlWithProtocol = (example: string, protocols: string[]) =>
  z
    .string()
    .refine(
      (value) => URL.canParse(value) && protocols.includes(new URL(value).protocol),
      `must be a URL like ${example}`,
    );

const httpUrl = (example: string) => urlWithProtocol(example, ['http:', 'https:']);

const proxyNames = ['loopback', 'linklocal', 'uniquelocal'];

/** Reads addresses of proxies as Express does: `loopback, 10.0.0.0/8`. */
function proxyAddresses(text: string, context: z.RefinementCtx): string[] {
  const words = text.split(/[\s,]+/).filter((word) => word);
  for (const word of words) {
    const [address = '', bits, ...rest] = word.split('/');
    const version = isIP(address);
    const fits =
      bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
    if (proxyNames.includes(word) || (version > 0 && fits && rest.length === 0)) continue;
    const message = `must list addresses, networks such as 10.0.0.0/8, or ${proxyNames.join(', ')}`;
    context.addIssue({ code: 'custom', message });
  }
  return words;
}

/** Of this process: a container's share where it is limited. */
function availableMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : totalmem();
}

/** Reads references like `flowers@production, pets:3`. */
function modelReferences(text: string, context: z.RefinementCtx): ModelSelector[] {
  const words = text.split(/[\s,]+/).filter((word) => word);
  return words.map((word) => {
    const reference = parseModelReference(word);
    if (!reference) {
      const message = 'must name models: name, name:version or name@alias, with commas between';
      context.addIssue({ code: 'custom', message });
    }
    return reference ?? { model: word };
  });
}

/** The environment, variable by variable: the one place that knows the names and the defaults. */
const environmentSchema = z.object({
  COATRACK_DATA: z
    .string()
    .default('data')
    .transform((folder) => resolve(folder)),
  DATABASE_URL: urlWithProtocol('postgresql://user:password@host:5432/database', [
    'postgres:',
    'postgresql:',
  ]),
  REDIS_URL: urlWithProtocol('redis://host:6379', ['redis:', 'rediss:']).optional(),
  COATRACK_API_HOST: z.string().default('127.0.0.1'),
  COATRACK_API_PORT: wholeNumber(3001, 0, 65_535),
  COATRACK_ADMIN_KEY: z
    .string()
    .regex(/^[\x21-\x7e]{16,256}$/, 'must be 16 to 256 visible ASCII characters')
    .optional(),
  COATRACK_TRUSTED_PROXIES: z.string().default('').transform(proxyAddresses),
  COATRACK_AUDIT_DAYS: wholeNumber(90, 1, 36_500),
  COATRACK_ENGINE: z
    .enum(['auto', 'torch', 'tensorflow', 'wasm'], 'must be auto, torch, tensorflow or wasm')
    .default('auto'),
  COATRACK_EXECUTOR: z
    .enum(['auto', 'onnxruntime', 'tfjs'], 'must be auto, onnxruntime or tfjs')
    .default('auto'),
  COATRACK_ONNX_PROVIDER: z
    .enum(['auto', 'cpu', 'cuda', 'tensorrt'], 'must be auto, cpu, cuda or tensorrt')
    .default('auto'),
  COATRACK_INFERENCE_THREADS: anyWholeNumber(1, 1024).optional(),
  COATRACK_INFERENCE_INSTANCES: anyWholeNumber(1, 64).optional(),
  COATRACK_MAX_BATCH: wholeNumber(8, 1, 256),
  COATRACK_BATCH_DELAY_MS: wholeNumber(0, 0, 10_000),
  COATRACK_QUEUE_PICTURES: wholeNumber(128, 1, 100_000),
  COATRACK_MODEL_MEMORY: positive(Math.floor(availableMemory() / 2)),
  COATRACK_LOAD_SECONDS: wholeNumber(600, 1, 86_400),
  COATRACK_PRELOAD: z.string().default('').transform(modelReferences),
  COATRACK_MAX_PREDICT_PICTURES: wholeNumber(64, 1, 10_000),
  COATRACK_MAX_PREDICT_BYTES: positive(128 * mebibyte),
  COATRACK_JOB_STALE_SECONDS: wholeNumber(10, 1, 3600),
  COATRACK_JOB_RETENTION_DAYS: anyWholeNumber(1, 36_500).optional(),
  COATRACK_MAX_DATASET_BYTES: positive(4 * gibibyte),
  COATRACK_MAX_DATASET_ENTRIES: wholeNumber(defaultDatasetLimits.entries, 1, 10_000_000),
  COATRACK_MAX_DATASET_UNPACKED_BYTES: positive(defaultDatasetLimits.totalBytes),
  COATRACK_MAX_DATASET_RATIO: wholeNumber(defaultDatasetLimits.compressionRatio, 1, 1_000_000),
  COATRACK_MAX_PICTURE_BYTES: positive(defaultDatasetLimits.entryBytes),
  COATRACK_MAX_PICTURE_PIXELS: positive(defaultDatasetLimits.pixels),
  COATRACK_MAX_WEIGHTS_BYTES: positive(16 * gibibyte),
  COATRACK_MAX_IMAGE_BYTES: positive(32 * mebibyte),
  COATRACK_DISK_RESERVE_BYTES: anyWholeNumber(0, Number.MAX_SAFE_INTEGER).optional(),
  COATRACK_GRAPH_CACHE_BYTES: positive(16 * gibibyte),
  COATRACK_CHECKPOINT_MIRROR: httpUrl('https://mirror.example.org').optional(),
  COATRACK_RATE_LIMIT: anyWholeNumber(1, 1_000_000).optional(),
  COATRACK_RATE_BURST: anyWholeNumber(1, 10_000_000).optional(),
  COATRACK_DRAIN_DELAY_SECONDS: wholeNumber(0, 0, 300),
  COATRACK_DRAIN_SECONDS: wholeNumber(8, 1, 3600),
  COATRACK_LOG: z.enum(['text', 'json'], 'must be text or json').default('text'),
  // The name that OpenTelemetry's own libraries read, as they do all others that begin with OTEL_.
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl('http://localhost:4318').optional(),
  // The names that Hugging Face's own tools read.
  HF_ENDPOINT: httpUrl('https://huggingface.co').default('https://huggingface.co'),
  HF_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{1,512}$/, 'must be visible ASCII characters')
    .optional(),
});

export type Config = ReturnType<typeof loadConfig>;

/** What is wrong with the environment, a line a problem; never a value, which may be a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the configuration. A variable that is set to nothing counts as not set.
 * @throws ConfigError naming every variable that is missing or wrong
 */
export function loadConfig(environment: Record<string, string | undefined>) {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value));
  const parsed = environmentSchema.safeParse(present);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => {
      const name = String(issue.path[0]);
      return present[name] === undefined ? `${name} must be set` : `${name} ${issue.message}`;
    });
    throw new ConfigError(lines.join('\n'));
  }
  const values = parsed.data;
  return {
    dataFolder: values.COATRACK_DATA,
    databaseUrl: values.DATABASE_URL,
    redisUrl: values.REDIS_URL,
    host: values.COATRACK_API_HOST,
    port: values.COATRACK_API_PORT,
    /** Whose word on a client's address and scheme is taken (X-Forwarded-For, X-Forwarded-Proto). */
    trustedProxies: values.COATRACK_TRUSTED_PROXIES,
    adminKey: values.COATRACK_ADMIN_KEY,
    /** How long entries of the audit are kept. */
    auditDays: values.COATRACK_AUDIT_DAYS,
    engine: values.COATRACK_ENGINE,
    /** What runs predictions. auto: the faster of the two, model by model. */
    executor: values.COATRACK_EXECUTOR,
    serving: {
      /** Where ONNX Runtime computes. auto: on a GPU where its CUDA provider is installed. */
      onnxProvider: values.COATRACK_ONNX_PROVIDER,
      /** Of ONNX Runtime, for each instance; left out: a share of the cores. */
      threads: values.COATRACK_INFERENCE_THREADS,
      /** Batches of one model that run side by side; each has the weights in memory once more. */
      instances: values.COATRACK_INFERENCE_INSTANCES,
      maxBatch: values.COATRACK_MAX_BATCH,
      /** How long pictures are held back while the engine is free, for others to join them. */
      maxDelayMs: values.COATRACK_BATCH_DELAY_MS,
      /** Pictures that may wait for one model. */
      queueLimit: values.COATRACK_QUEUE_PICTURES,
      /** Bytes that all loaded models may take. */
      modelMemory: values.COATRACK_MODEL_MEMORY,
      /** That loading a model and warming it up may take. */
      loadMs: values.COATRACK_LOAD_SECONDS * 1000,
      /** Models to load at start. */
      preload: values.COATRACK_PRELOAD,
      /** Of one request. */
      maxPictures: values.COATRACK_MAX_PREDICT_PICTURES,
      maxBytes: values.COATRACK_MAX_PREDICT_BYTES,
    },
    /** A running job whose worker was silent for longer is taken up by another. */
    jobStaleSeconds: values.COATRACK_JOB_STALE_SECONDS,
    /** Jobs are deleted this long after they have ended; undefined: never. */
    jobRetentionDays: values.COATRACK_JOB_RETENTION_DAYS,
    /** Of each key; undefined: none. */
    rateLimit:
      values.COATRACK_RATE_LIMIT === undefined
        ? undefined
        : {
            perSecond: values.COATRACK_RATE_LIMIT,
            /** Requests that may come at once. */
            burst: values.COATRACK_RATE_BURST ?? values.COATRACK_RATE_LIMIT,
          },
    drain: {
      /** How long new connections are still taken, for whoever asks whether this process is ready to notice. */
      delayMs: values.COATRACK_DRAIN_DELAY_SECONDS * 1000,
      /** How long what was asked before then may take. */
      limitMs: values.COATRACK_DRAIN_SECONDS * 1000,
    },
    log: values.COATRACK_LOG,
    /** Whether traces are sent anywhere. */
    traced: values.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined,
    hub: { endpoint: values.HF_ENDPOINT, token: values.HF_TOKEN },
    /** Host that the catalogue's files are fetched from instead of their publishers'. */
    checkpointMirror: values.COATRACK_CHECKPOINT_MIRROR,
    /** Bytes of one upload or download. */
    uploadLimits: {
      dataset: values.COATRACK_MAX_DATASET_BYTES,
      weights: values.COATRACK_MAX_WEIGHTS_BYTES,
      image: values.COATRACK_MAX_IMAGE_BYTES,
    },
    storage: {
      /** Bytes of the data folder's volume that files leave free; undefined: 5 % of it, at most 2 GiB. */
      reserve: values.COATRACK_DISK_RESERVE_BYTES,
      /** Bytes of exported graphs that are kept for the next load. */
      graphCache: values.COATRACK_GRAPH_CACHE_BYTES,
    },
    datasetLimits: {
      entries: values.COATRACK_MAX_DATASET_ENTRIES,
      totalBytes: values.COATRACK_MAX_DATASET_UNPACKED_BYTES,
      entryBytes: values.COATRACK_MAX_PICTURE_BYTES,
      compressionRatio: values.COATRACK_MAX_DATASET_RATIO,
      pixels: values.COATRACK_MAX_PICTURE_PIXELS,
    } satisfies DatasetLimits,
  };
}
