import type { DatasetLimits } from '@coatrack/training';
import { environmentSchema, renamedSettings } from './config-schema';

export type Config = ReturnType<typeof loadConfig>;

/** Lists the invalid variables, one per line. Never holds values: they may be secrets. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the configuration. A variable that is set to nothing counts as not set.
 * @throws ConfigError naming every variable that is missing or wrong
 */
export function loadConfig(environment: Record<string, string | undefined>) {
  const present = Object.fromEntries(Object.entries(environment).filter(([, value]) => value));
  const outdated = Object.entries(renamedSettings).filter(([old]) => present[old] !== undefined);
  for (const [old, now] of outdated) present[now] ??= present[old];
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
    /** Old names of variables that were read, each with its new one. */
    deprecations: outdated.map(([old, now]) => `${old} is deprecated: it is now ${now}`),
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
      /** How long images are held back while the engine is free, for others to join them. */
      maxDelayMs: values.COATRACK_BATCH_DELAY_MS,
      /** Images that may wait for one model. */
      queueLimit: values.COATRACK_QUEUE_IMAGES,
      /** Bytes that all loaded models may take. */
      modelMemory: values.COATRACK_MODEL_MEMORY,
      /** That loading a model and warming it up may take. */
      loadMs: values.COATRACK_LOAD_SECONDS * 1000,
      /** Models to load at start. */
      preload: values.COATRACK_PRELOAD,
      /** Of one request. */
      maxImages: values.COATRACK_MAX_PREDICT_IMAGES,
      maxBytes: values.COATRACK_MAX_PREDICT_BYTES,
    },
    /** Another worker resumes a running job whose worker was silent for longer. */
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
      /** How long new connections are still taken, so that load balancers notice that this process is not ready. */
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
      /** Bytes of images' features that are kept for the next job that needs them. */
      featureCache: values.COATRACK_FEATURE_CACHE_BYTES,
    },
    datasetLimits: {
      entries: values.COATRACK_MAX_DATASET_ENTRIES,
      totalBytes: values.COATRACK_MAX_DATASET_UNPACKED_BYTES,
      entryBytes: values.COATRACK_MAX_DATASET_ENTRY_BYTES,
      compressionRatio: values.COATRACK_MAX_DATASET_RATIO,
      pixels: values.COATRACK_MAX_IMAGE_PIXELS,
    } satisfies DatasetLimits,
  };
}

export const CONFIG = Symbol('CONFIG');
