import { Injectable } from '@nestjs/common';
import { readOnnxClassifier } from '@coatrack/models';
import { BlobStore } from '../../../platform/blobs/blob-store';
import { ModelRegistry } from '../../../registry/models/model-registry';
import { ModelPool } from '../../pool/model-pool';
import { VersionRouter } from '../../routing/version-router';
import {
  noStatistics,
  ServingStatistics,
  type Duration,
  type VersionStatistics,
} from '../../metrics/serving-statistics';
import { selectorOf } from './model-selector';
import type { V2Statistics, V2Model, V2ModelReady } from './v2.dto';
import type { VersionRecord, VersionReference } from '../../../registry/models/model';
import { type OutputName, outputNames } from './tensors/inference-answer';
import { inputNames } from './tensors/inference-input';

/** Answers the protocol's requests about models. */
@Injectable()
export class V2ModelsService {
  constructor(
    private readonly registry: ModelRegistry,
    private readonly router: VersionRouter,
    private readonly pool: ModelPool,
    private readonly blobStore: BlobStore,
    private readonly statistics: ServingStatistics,
  ) {}

  async metadata(name: string, version?: string): Promise<V2Model> {
    const { model, ...which } = selectorOf(name, version);
    const record = await this.registry.resolve(model, which);
    const references = await this.registry.references(model);
    const outputs = await outputsOf(record, () => this.blobStore.path(record.blob));
    return presentModel(
      name,
      record,
      references.map(({ version: number }) => number),
      outputs,
    );
  }

  async ready(name: string, version?: string): Promise<V2ModelReady> {
    const { model, ...which } = selectorOf(name, version);
    return { name, ready: this.pool.isReady(await this.router.resolve(model, which)) };
  }

  /** Returns statistics of every version that has received a request, or only of one model's. */
  async allStatistics(model?: string): Promise<V2Statistics> {
    const references = await this.registry.references(model);
    return {
      model_stats: references.flatMap((reference) => {
        const statistics = this.statistics.of(reference);
        return statistics ? [presentStatistics(reference, statistics)] : [];
      }),
    };
  }

  /** Returns statistics of all versions of a model, or of the one that the path names. */
  async modelStatistics(name: string, version?: string): Promise<V2Statistics> {
    const { model, ...which } = selectorOf(name, version);
    if (which.version === undefined && which.alias === undefined) return this.allStatistics(model);
    const record = await this.registry.resolve(model, which);
    const statistics = this.statistics.of(record) ?? noStatistics();
    return { model_stats: [presentStatistics(record, statistics)] };
  }
}

/**
 * @param name as in the request
 * @param versions the model's versions, by number
 * @param outputs the tensors that it returns
 */
function presentModel(
  name: string,
  record: VersionRecord,
  versions: readonly number[],
  outputs: readonly OutputName[],
): V2Model {
  const { architecture, labels, preprocessing, format, version } = record;
  const size = preprocessing.imageSize;
  return {
    name,
    versions: versions.map(String),
    platform: format === 'onnx' ? 'onnxruntime_onnx' : 'coatrack_safetensors',
    inputs: [
      { name: inputNames.tensor, datatype: 'FP32', shape: [-1, 3, size, size] },
      { name: inputNames.encoded, datatype: 'BYTES', shape: [-1] },
    ],
    outputs: outputs.map((name) => ({ name, datatype: 'FP32', shape: [-1, labels.length] })),
    parameters: {
      version: String(version),
      architecture,
      labels: JSON.stringify(labels),
      preprocessing: JSON.stringify(preprocessing),
    },
  };
}

/** @param path of the version's file */
async function outputsOf(
  { format }: Pick<VersionRecord, 'format'>,
  path: () => Promise<string>,
): Promise<readonly OutputName[]> {
  if (format !== 'onnx') return outputNames;
  const { output } = await readOnnxClassifier(await path());
  return output.values === 'logits' ? outputNames : ['probabilities'];
}

type ModelStatistics = V2Statistics['model_stats'][number];

const none = { count: 0, ns: 0 } as const;

/** Returns statistics in the format of the protocol's extension. Steps that this server does not have take no time. */
function presentStatistics(
  { model, version }: VersionReference,
  { batches, ...statistics }: VersionStatistics,
): ModelStatistics {
  const durations = [...batches.values()];
  const executions = {
    count: durations.reduce((sum, { count }) => sum + count, 0),
    ms: durations.reduce((sum, { ms }) => sum + ms, 0),
  };
  return {
    name: model,
    version: String(version),
    last_inference: statistics.lastAnswerAt,
    inference_count: statistics.images,
    execution_count: executions.count,
    inference_stats: {
      success: nanoseconds(statistics.succeeded),
      fail: nanoseconds(statistics.failed),
      queue: nanoseconds(statistics.queued),
      compute_input: nanoseconds(statistics.decoded),
      compute_infer: nanoseconds(executions),
      compute_output: none,
      cache_hit: none,
      cache_miss: none,
    },
    batch_stats: [...batches]
      .sort(([a], [b]) => a - b)
      .map(([size, duration]) => ({
        batch_size: size,
        compute_infer: nanoseconds(duration),
        compute_input: none,
        compute_output: none,
      })),
  };
}

function nanoseconds({ count, ms }: Duration): { count: number; ns: number } {
  return { count, ns: Math.round(ms * 1e6) };
}
