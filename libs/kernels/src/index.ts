export {
  type Device,
  type Engine,
  type EngineName,
  engineNames,
  EngineMemoryError,
  EngineUnavailableError,
} from './engine';
export { availableEngines, type EngineAvailability, selectEngine } from './select-engine';
export {
  type AdamWAttributes,
  type MovingAveragesAttributes,
  optimizerKernels,
  type RmsPropAttributes,
  type SgdAttributes,
} from './optimizer-kernels';
