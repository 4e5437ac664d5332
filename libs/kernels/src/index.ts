export {
  type Device,
  type Engine,
  type EngineName,
  engineNames,
  EngineMemoryError,
  EngineUnavailableError,
} from './engine';
export { WrongSettingError } from './settings';
export { availableEngines, type EngineAvailability, selectEngine } from './select-engine';
