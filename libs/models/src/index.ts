export type {
  Architecture,
  Checkpoint,
  Family,
  Preprocessing,
  Published,
  PublishedAccuracy,
} from './architecture';
export { checkImageSize, findArchitecture, listArchitectures } from './architectures/catalogue';
export {
  type CatalogueEntry,
  findCheckpoint,
  findHubCheckpoint,
  listCheckpoints,
  statedAccuracy,
} from './architectures/checkpoints';
export { Classifier, type Parameter, type TrainingMode } from './classifier/classifier';
export { type Cost, cost } from './cost/cost';
export * from './errors';
export { classesOf } from './formats/classes-of';
export { crc32 } from './formats/crc32';
export { importWeights } from './formats/import-weights';
export { type OwnDescription, safetensorsMetadata } from './formats/own-description';
export { shardNames } from './formats/join-tensors';
export { openWeights } from './formats/open-weights';
export type * from './formats/weights-format';
export { publishedLabels } from './labels/published-labels';
export type * from './net/net';
export type * from './net/tensor-spec';
export {
  exportOnnx,
  onnxFeatures,
  onnxInput,
  type OnnxExportOptions,
  onnxOutput,
} from './onnx/export-onnx';
export { isOnnx } from './formats/onnx/is-onnx';
export { joinOnnx, withTwoOutputs } from './formats/onnx/rewrite-onnx';
export {
  checkOnnxArchitecture,
  type OnnxClassifier,
  readOnnxClassifier,
} from './formats/onnx/onnx-classifier';
export type { ExportOptions, Precision } from './graph/export-options';
export { gelu, silu } from './ops/activation';
export { batchNormTraining } from './ops/batch-norm';
export { type FusedActivation, fusedKernels } from './ops/fused-kernels';
export { layerNorm } from './ops/layer-norm';
export { matMul } from './ops/mat-mul';
export { maxPool } from './ops/max-pool';
export { relativeAttention } from './ops/relative-attention';
export { squeezeExcite, type SqueezeExciteWeights } from './ops/squeeze-excite';
export {
  exportTfjsGraph,
  type TfjsGraphExportOptions,
  tfjsInput,
  tfjsOutput,
} from './tfjs-graph/export-tfjs-graph';
export { readTfjsGraph } from './tfjs-graph/read-tfjs-graph';
export { float16ToFloat32 } from './weights/half-floats';
export { openSafetensors, type SafetensorsFile } from './weights/safetensors-reader';
export { writeSafetensors } from './weights/safetensors-writer';
export { validateWeights } from './weights/validate-weights';
export type { TensorType } from './weights/tensor-types';
export type * from './weights/weights-source';
export { guardedBytes, type WriteGuard } from './weights/write-guard';
