export type {
  Architecture,
  Checkpoint,
  Family,
  Preprocessing,
  Published,
  PublishedAccuracy,
} from './architectures/architecture';
export { checkImageSize, findArchitecture, listArchitectures } from './architectures/catalogue';
export {
  type CatalogueEntry,
  findCheckpoint,
  findHubCheckpoint,
  listCheckpoints,
  statedAccuracy,
} from './architectures/catalogue';
export { Classifier, type Parameter, type TrainingMode } from './classifier/classifier';
export { type Cost, cost } from './interpreters/cost/cost';
export * from './errors';
export { classesOf } from './import/validate-weights';
export { crc32 } from './import/crc32';
export { importWeights } from './import/import-weights';
export { type OwnDescription, safetensorsMetadata } from './import/own-description';
export { shardNames } from './import/join-tensors';
export { formatOf, openWeights } from './import/open-weights';
export type * from './import/weights-format';
export { publishedLabels } from './labels/published-labels';
export type * from './net/net';
export type * from './net/tensor-spec';
export {
  exportOnnx,
  onnxFeatures,
  onnxInput,
  type OnnxExportOptions,
  onnxOutput,
} from './export/onnx/export-onnx';
export { joinOnnx, withTwoOutputs } from './import/onnx/rewrite-onnx';
export {
  checkOnnxArchitecture,
  type OnnxClassifier,
  readOnnxClassifier,
} from './import/onnx/onnx-classifier';
export type { ExportOptions, Precision } from './export/export-options';
export { gelu, silu } from './interpreters/tensorflow/ops/activation';
export { batchNormTraining } from './interpreters/tensorflow/ops/batch-norm';
export { layerNorm } from './interpreters/tensorflow/ops/layer-norm';
export { matMul } from './interpreters/tensorflow/ops/mat-mul';
export { maxPool } from './interpreters/tensorflow/ops/max-pool';
export { relativeAttention } from './interpreters/tensorflow/ops/relative-attention';
export {
  squeezeExcite,
  type SqueezeExciteWeights,
} from './interpreters/tensorflow/ops/squeeze-excite';
export {
  exportTfjsGraph,
  type TfjsGraphExportOptions,
  tfjsInput,
  tfjsOutput,
} from './export/tfjs/export-tfjs-graph';
export { readTfjsGraph } from './export/tfjs/read-tfjs-graph';
export { float16ToFloat32 } from './weights/half-floats';
export { openSafetensors, type SafetensorsFile } from './weights/safetensors-reader';
export { writeSafetensors } from './weights/safetensors-writer';
export { validateWeights } from './import/validate-weights';
export type { TensorType } from './weights/tensor-types';
export type * from './weights/weights-source';
export { guardedBytes, type WriteGuard } from './weights/write-guard';
