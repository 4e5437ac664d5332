import type { DatasetLimits } from '@coatrack/training';
import { environmentSchema, renamedSettings } from './config-schema';

export type Config = ReturnType<typeof loadConfig>;

/** Lists the invalid variables, one per line. Never holds values: they may be secrets. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the configuration. An empty variable counts as not set.
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
    /** Warnings about variables that were set by their old names. */
    deprecations: outdated.map(([old, now]) => `${old} is deprecated: it is now ${now}`),
    dataFolder: values.COATRACK_DATA,
    databaseUrl: values.DATABASE_URL,
    redisUrl: values.REDIS_URL,
    host: values.COATRACK_API_HOST,
    port: values.COATRACK_API_PORT,
    /** Proxies whose X-Forwarded-For and X-Forwarded-Proto are trusted. */
    trustedProxies: values.COATRACK_TRUSTED_PROXIES,
    adminKey: values.COATRACK_ADMIN_KEY,
    /** How long audit entries are kept. */
    auditDays: values.COATRACK_AUDIT_DAYS,
    engine: values.COATRACK_ENGINE,
    /** Engine of predictions. auto: the faster of the two, model by model. */
    executor: values.COATRACK_EXECUTOR,
    serving: {
      /** Device of ONNX Runtime. auto: a GPU if its CUDA provider is installed. */
      onnxProvider: values.COATRACK_ONNX_PROVIDER,
      /** ONNX Runtime's threads per instance; default: a share of the cores. */
      threads: values.COATRACK_INFERENCE_THREADS,
      /** Batches of one model that run concurrently; each holds another copy of the weights. */
      instances: values.COATRACK_INFERENCE_INSTANCES,
      maxBatch: values.COATRACK_MAX_BATCH,
      /** How long images wait for others while the engine is free. */
      maxDelayMs: values.COATRACK_BATCH_DELAY_MS,
      /** Images that may wait for one model. */
      queueLimit: values.COATRACK_QUEUE_IMAGES,
      /** Bytes that all loaded models may take. */
      modelMemory: values.COATRACK_MODEL_MEMORY,
      /** Time limit for loading a model and warming it up. */
      loadMs: values.COATRACK_LOAD_SECONDS * 1000,
      /** Models to load at start. */
      preload: values.COATRACK_PRELOAD,
      /** Maximum number per request. */
      maxImages: values.COATRACK_MAX_PREDICT_IMAGES,
      maxBytes: values.COATRACK_MAX_PREDICT_BYTES,
    },
    /** Age of the last heartbeat after which another worker resumes a job. */
    jobStaleSeconds: values.COATRACK_JOB_STALE_SECONDS,
    /** Jobs are deleted this long after they have ended; undefined: never. */
    jobRetentionDays: values.COATRACK_JOB_RETENTION_DAYS,
    /** Limit per key; undefined: none. */
    rateLimit:
      values.COATRACK_RATE_LIMIT === undefined
        ? undefined
        : {
            perSecond: values.COATRACK_RATE_LIMIT,
            /** Requests that may arrive at once. */
            burst: values.COATRACK_RATE_BURST ?? values.COATRACK_RATE_LIMIT,
          },
    drain: {
      /** How long new connections are still accepted, so that load balancers notice that this process is not ready. */
      delayMs: values.COATRACK_DRAIN_DELAY_SECONDS * 1000,
      /** Grace period for requests in flight. */
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
