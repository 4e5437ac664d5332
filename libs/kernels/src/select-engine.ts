import {
  type Device,
  type Engine,
  type EngineName,
  type EngineProvider,
  EngineUnavailableError,
} from './engine';
import './gradients';
import { threadsSet, torchDeviceSet } from './settings';
import { tensorflowEngine } from './tensorflow/tensorflow-engine';
import { torchEngine } from './torch/torch-engine';
import { wasmEngine } from './wasm/wasm-engine';

const providers: readonly EngineProvider[] = [torchEngine, tensorflowEngine, wasmEngine];

/** Engines in order of preference, fastest first. */
const preference: readonly { name: EngineName; device: Device }[] = [
  { name: 'torch', device: 'cuda' },
  { name: 'tensorflow', device: 'cuda' },
  { name: 'torch', device: 'cpu' },
  { name: 'tensorflow', device: 'cpu' },
  { name: 'wasm', device: 'cpu' },
];

export interface EngineAvailability {
  name: EngineName;
  available: boolean;
  /** Device of the engine; missing if it is not available. */
  device?: Device;
  /** Why it is not available, in one line. */
  reason?: string;
}

/**
 * Checks every engine without choosing one.
 * @throws WrongSettingError
 */
export async function availableEngines(): Promise<EngineAvailability[]> {
  checkSettings();
  const found: EngineAvailability[] = [];
  for (const provider of providers) {
    const probe = await provider.probe();
    found.push({ name: provider.name, ...probe });
  }
  return found;
}

/**
 * Chooses the engine that TensorFlow.js computes on, and registers TensorFlow.js's gradients.
 * @param choice an engine's name, or 'auto' for the fastest one available
 * @throws EngineUnavailableError when the named engine cannot run here, saying why and what to install
 * @throws WrongSettingError whichever engine is chosen
 */
export async function selectEngine(choice: EngineName | 'auto' = 'auto'): Promise<Engine> {
  checkSettings();
  return choice === 'auto' ? startBest() : startNamed(choice);
}

function checkSettings(): void {
  threadsSet();
  torchDeviceSet();
}

async function startNamed(name: EngineName): Promise<Engine> {
  const provider = providers.find((candidate) => candidate.name === name);
  if (!provider) {
    throw new RangeError(`Unknown engine '${name}': must be one of ${preferredNames().join(', ')}`);
  }
  const probe = await provider.probe();
  if (!probe.available) throw new EngineUnavailableError(name, probe.reason);
  return provider.start();
}

async function startBest(): Promise<Engine> {
  const present = await availableEngines();
  const best = preference.find(({ name, device }) =>
    present.some((engine) => engine.name === name && engine.device === device),
  );
  return startNamed(best?.name ?? 'wasm');
}

function preferredNames(): string[] {
  return [...new Set(preference.map(({ name }) => name))];
}
