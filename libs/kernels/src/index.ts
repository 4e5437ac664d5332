export {
  type Device,
  type Engine,
  type EngineName,
  engineNames,
  EngineUnavailableError,
} from './engine';
export { availableEngines, type EngineAvailability, selectEngine } from './select-engine';
