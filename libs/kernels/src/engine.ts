export const engineNames = ['torch', 'tensorflow', 'wasm'] as const;
export type EngineName = (typeof engineNames)[number];
export type Device = 'cpu' | 'cuda';

/** The compute engine that TensorFlow.js runs on. */
export interface Engine {
  name: EngineName;
  device: Device;
  /** One line for people, for example 'WebAssembly (SIMD)'. */
  description: string;
}

/** What looking for an engine found; `reason` is one line that says what is absent and what would change that. */
export type Probe = { available: true; device: Device } | { available: false; reason: string };

/** How an engine is found and put to work. One object an engine; the choice among them is in select-engine.ts. */
export interface EngineProvider {
  name: EngineName;
  /** Looks whether the engine can run here; leaves the current TensorFlow.js backend as it is. */
  probe(): Promise<Probe>;
  /** Makes the engine TensorFlow.js's backend. Called after a probe that found it. */
  start(): Promise<Engine>;
}

/** A wanted engine that can't run here; the message says why and what to install. */
export class EngineUnavailableError extends Error {
  override readonly name = 'EngineUnavailableError';

  constructor(
    readonly engine: EngineName,
    readonly reason: string,
  ) {
    super(`The ${engine} engine is not available: ${reason}`);
  }
}

/** An engine could not get the memory that a computation needs; the computation is lost, the engine works on. */
export class EngineMemoryError extends Error {
  override readonly name = 'EngineMemoryError';
  /** As errors of the torch engine's kernels carry it. */
  readonly code = 'OUT_OF_MEMORY';

  /** @param limit what the engine can have, for people */
  constructor(
    readonly engine: EngineName,
    limit: string,
  ) {
    super(
      `The ${engine} engine is out of memory (${limit}): use a smaller batch or a smaller image size`,
    );
  }
}
