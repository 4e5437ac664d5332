import { defaultDatasetLimits } from '@coatrack/training';
import { resolve } from 'node:path';
import { z } from 'zod';
import {
  mebibyte,
  gibibyte,
  anyWholeNumber,
  wholeNumber,
  positive,
  urlWithProtocol,
  httpUrl,
  proxyAddresses,
  modelReferences,
} from './config-values';
import { totalMemory } from './platform/available-memory';

/**
 * @param description full sentences, for .env.example and the README
 * @param shown the default in words, where it is not a value
 */
const setting = <T extends z.ZodType>(schema: T, description: string, shown?: string): T =>
  schema.meta({ description, shown });

/** Every environment variable with its default and description; the only place that defines them. */
export const environmentSchema = z.object({
  COATRACK_DATA: setting(
    z
      .string()
      .default('data')
      .transform((folder) => resolve(folder)),
    'Folder for all data.',
    './data',
  ),
  DATABASE_URL: setting(
    urlWithProtocol('postgresql://user:password@host:5432/database', ['postgres:', 'postgresql:']),
    'Your own Postgres, as a URL like postgresql://user:password@host:5432/database.',
    'an embedded Postgres',
  ),
  REDIS_URL: setting(
    urlWithProtocol('redis://host:6379', ['redis:', 'rediss:']).optional(),
    'Redis that queues jobs (with Bull) and counts the requests of each key. Without it, jobs wait in Postgres.',
  ),
  COATRACK_API_HOST: setting(
    z.string().default('127.0.0.1'),
    'Address on which the API listens. Listen elsewhere only behind TLS.',
  ),
  COATRACK_API_PORT: setting(wholeNumber(3001, 0, 65_535), 'Port of the API.'),
  COATRACK_ADMIN_KEY: setting(
    z
      .string()
      .regex(/^[\x21-\x7e]{16,256}$/, 'must be 16 to 256 visible ASCII characters')
      .optional(),
    'Key with all permissions, for API and console: 16 to 256 characters.',
    'generated at the first start, in data/admin-key',
  ),
  COATRACK_TRUSTED_PROXIES: setting(
    z.string().default('').transform(proxyAddresses),
    'Proxies whose X-Forwarded-For and X-Forwarded-Proto are trusted, for instance loopback, 10.0.0.0/8.',
    '',
  ),
  COATRACK_AUDIT_DAYS: setting(
    wholeNumber(90, 1, 36_500),
    'Days for which audit entries are kept.',
  ),
  COATRACK_ENGINE: setting(
    z
      .enum(['auto', 'torch', 'tensorflow', 'wasm'], 'must be auto, torch, tensorflow or wasm')
      .default('auto'),
    'Engine that trains: torch, tensorflow or wasm; auto takes the fastest that is installed.',
  ),
  COATRACK_EXECUTOR: setting(
    z.enum(['auto', 'onnxruntime', 'tfjs'], 'must be auto, onnxruntime or tfjs').default('auto'),
    'Runtime of predictions: onnxruntime or tfjs; auto tries both and keeps the faster, model by model.',
  ),
  COATRACK_ONNX_PROVIDER: setting(
    z
      .enum(['auto', 'cpu', 'cuda', 'tensorrt'], 'must be auto, cpu, cuda or tensorrt')
      .default('auto'),
    'Device of ONNX Runtime: cpu, cuda or tensorrt; auto takes CUDA if its library is installed.',
  ),
  COATRACK_INFERENCE_THREADS: setting(
    anyWholeNumber(1, 1024).optional(),
    'Threads of ONNX Runtime, for each instance.',
    'a share of the cores',
  ),
  COATRACK_INFERENCE_INSTANCES: setting(
    anyWholeNumber(1, 64).optional(),
    'Batches of one model that run concurrently; each holds another copy of the weights. TensorFlow.js has one.',
    'up to 4, plus one for single-image requests',
  ),
  COATRACK_MAX_BATCH: setting(wholeNumber(8, 1, 256), 'Images per batch.'),
  COATRACK_BATCH_DELAY_MS: setting(
    wholeNumber(0, 0, 10_000),
    'Milliseconds that an image waits for others while the engine is free.',
  ),
  COATRACK_QUEUE_IMAGES: setting(
    wholeNumber(128, 1, 100_000),
    'Images that may queue per model; beyond that, requests get 429.',
  ),
  COATRACK_MODEL_MEMORY: setting(
    positive(Math.floor(totalMemory() / 2)),
    'Bytes that loaded models may take together.',
    'half of the memory',
  ),
  COATRACK_LOAD_SECONDS: setting(
    wholeNumber(600, 1, 86_400),
    'Time limit in seconds for loading a model and warming it up.',
  ),
  COATRACK_PRELOAD: setting(
    z.string().default('').transform(modelReferences),
    'Models to load at the start, for instance flowers@production, pets:3.',
    '',
  ),
  COATRACK_MAX_PREDICT_IMAGES: setting(
    wholeNumber(64, 1, 10_000),
    'Maximum number of images in one prediction request.',
  ),
  COATRACK_MAX_PREDICT_BYTES: setting(
    positive(128 * mebibyte),
    'Maximum bytes in the body of one prediction request.',
  ),
  COATRACK_JOB_STALE_SECONDS: setting(
    wholeNumber(10, 1, 3600),
    'Seconds without a heartbeat after which another worker resumes a job.',
  ),
  COATRACK_JOB_RETENTION_DAYS: setting(
    anyWholeNumber(1, 36_500).optional(),
    'Days for which a finished job is kept.',
    'until it is deleted',
  ),
  COATRACK_MAX_DATASET_BYTES: setting(
    positive(4 * gibibyte),
    'Maximum bytes of an uploaded dataset.',
  ),
  COATRACK_MAX_DATASET_ENTRIES: setting(
    wholeNumber(defaultDatasetLimits.entries, 1, 10_000_000),
    "Maximum number of entries in a dataset's archive.",
  ),
  COATRACK_MAX_DATASET_UNPACKED_BYTES: setting(
    positive(defaultDatasetLimits.totalBytes),
    'Maximum bytes of an unpacked dataset.',
  ),
  COATRACK_MAX_DATASET_RATIO: setting(
    wholeNumber(defaultDatasetLimits.compressionRatio, 1, 1_000_000),
    'Maximum ratio of the unpacked size of an entry to its size in the archive.',
  ),
  COATRACK_MAX_DATASET_ENTRY_BYTES: setting(
    positive(defaultDatasetLimits.entryBytes),
    'Maximum bytes of one image in a dataset.',
  ),
  COATRACK_MAX_IMAGE_PIXELS: setting(
    positive(defaultDatasetLimits.pixels),
    'Maximum pixels of one image; a baseline JPEG may have four times as many.',
  ),
  COATRACK_MAX_WEIGHTS_BYTES: setting(
    positive(16 * gibibyte),
    'Maximum bytes of uploaded or downloaded weights.',
  ),
  COATRACK_MAX_IMAGE_BYTES: setting(
    positive(32 * mebibyte),
    'Maximum bytes of one image in a prediction request.',
  ),
  COATRACK_DISK_RESERVE_BYTES: setting(
    anyWholeNumber(0, Number.MAX_SAFE_INTEGER).optional(),
    "Bytes on the data folder's volume that uploads, jobs and caches leave free for the database.",
    '5 % of the volume, at most 2 GiB',
  ),
  COATRACK_GRAPH_CACHE_BYTES: setting(
    positive(16 * gibibyte),
    'Bytes of exported graphs that are kept for the next load.',
  ),
  COATRACK_FEATURE_CACHE_BYTES: setting(
    positive(4 * gibibyte),
    "Bytes of images' features that are kept for the next linear probe or report.",
  ),
  COATRACK_CHECKPOINT_MIRROR: setting(
    httpUrl('https://mirror.example.org').optional(),
    "Host from which the catalogue's files are fetched.",
    "the publishers' own hosts",
  ),
  COATRACK_RATE_LIMIT: setting(
    anyWholeNumber(1, 1_000_000).optional(),
    'Requests per second per key, on average; beyond that, requests get 429.',
    'off',
  ),
  COATRACK_RATE_BURST: setting(
    anyWholeNumber(1, 10_000_000).optional(),
    'Burst size: requests of a key that may arrive at once.',
    'same as the rate',
  ),
  COATRACK_DRAIN_DELAY_SECONDS: setting(
    wholeNumber(0, 0, 300),
    'Seconds after SIGTERM for which new requests are still accepted, while /health/ready answers 503.',
  ),
  COATRACK_DRAIN_SECONDS: setting(
    wholeNumber(8, 1, 3600),
    'Grace period in seconds for requests in flight.',
  ),
  COATRACK_LOG: setting(
    z.enum(['text', 'json'], 'must be text or json').default('text'),
    'Format of the log: text, or json for one JSON line per event and per request.',
  ),
  // OpenTelemetry's own libraries read this name, and all others that begin with OTEL_.
  OTEL_EXPORTER_OTLP_ENDPOINT: setting(
    httpUrl('http://localhost:4318').optional(),
    'Endpoint for traces, as OTLP over HTTP. The other OpenTelemetry variables apply too.',
  ),
  // Hugging Face's own tools read these names.
  HF_ENDPOINT: setting(
    httpUrl('https://huggingface.co').default('https://huggingface.co'),
    'Hub from which pretrained weights come.',
  ),
  HF_TOKEN: setting(
    z
      .string()
      .regex(/^[\x21-\x7e]{1,512}$/, 'must be visible ASCII characters')
      .optional(),
    'Token for private or gated repositories of the Hub.',
  ),
});

/** Old names that are still read, with a warning in the log. */
export const renamedSettings = {
  COATRACK_QUEUE_PICTURES: 'COATRACK_QUEUE_IMAGES',
  COATRACK_MAX_PREDICT_PICTURES: 'COATRACK_MAX_PREDICT_IMAGES',
  COATRACK_MAX_PICTURE_BYTES: 'COATRACK_MAX_DATASET_ENTRY_BYTES',
  COATRACK_MAX_PICTURE_PIXELS: 'COATRACK_MAX_IMAGE_PIXELS',
} as const satisfies Record<string, keyof typeof environmentSchema.shape>;
