export { augmentedSheet } from './augmented-sheet';
export { type CheckpointInfo, CheckpointError, readCheckpointInfo } from './checkpoint';
export { type ClassCounts, Confusion, type ConfusionEntry } from './confusion';
export {
  type ClassFolders,
  type ClassFoldersOptions,
  readClassFolders,
} from './dataset/class-folders';
export { DatasetError, type DatasetErrorCode, type DatasetProblem } from './dataset/dataset-error';
export type { ClassFoldersReport, ClassImage } from './dataset/found-images';
export { type DatasetLimits, defaultDatasetLimits } from './dataset/limits';
export { type NameEncoding, nameEncodings } from './dataset/name-encoding';
export { type ImageSet, relabelled } from './dataset/image-set';
export type { SkippedEntry } from './dataset/skipped';
export { type DatasetSplit, datasetSplits } from './dataset/split-folders';
export { type Split, splitDataset } from './dataset/split';
export {
  fittingBatchSize,
  NotEnoughMemoryError,
  type PlannedInference,
  type PlannedTraining,
  requireInferenceMemory,
  requireMemory,
  trainingMemory,
} from './memory-need';
export { TrainingDivergedError } from './divergence';
export { evaluate, type Predictor, predictorOf } from './evaluate';
export { type Batch, evaluationView, ImageLoader, inBatches } from './image-loader';
export { type Evaluation, type Metrics, MetricsAccumulator } from './metrics';
export { PrecisionError } from './precision';
export { type Recipe, type RecipeInput, recipeSchema } from './recipe/recipe';
export {
  type Features,
  FeatureReader,
  featuresName,
  type UnreadableImage,
} from './probe/feature-reader';
export { evaluated, fitProbe, type Probe, rowsOf } from './probe/fit-probe';
export { type AlikePair, neighbourhood } from './probe/neighbours';
export { requireProbeMemory } from './probe/probe-memory';
export { fitRidge } from './probe/ridge';
export { findSuspects, type Suspect } from './probe/suspects';
export {
  choosePreset,
  presetFields,
  type PresetName,
  presetNames,
  presetProblem,
  presets,
} from './recipe/presets';
export { recipeDefaults } from './recipe/recipe-defaults';
export { train, type TrainingOptions, type TrainingResult } from './train';
export { TrainingMemoryError } from './train-step';
export type * from './training-event';
