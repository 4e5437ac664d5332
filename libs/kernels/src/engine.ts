export const engineNames = ['torch', 'tensorflow', 'wasm'] as const;
export type EngineName = (typeof engineNames)[number];
export type Device = 'cpu' | 'cuda';

/** The compute engine that TensorFlow.js runs on. */
export interface Engine {
  name: EngineName;
  device: Device;
  /** One line for users, for example 'WebAssembly (SIMD)'. */
  description: string;
}

/** Result of looking for an engine; `reason` says in one line what is missing and how to get it. */
export type Probe = { available: true; device: Device } | { available: false; reason: string };

/** Finds and starts one engine; select-engine.ts chooses among them. */
export interface EngineProvider {
  name: EngineName;
  /** Checks whether the engine can run here, without changing the current TensorFlow.js backend. */
  probe(): Promise<Probe>;
  /** Makes the engine TensorFlow.js's backend. Called after a successful probe. */
  start(): Promise<Engine>;
}

/** The requested engine cannot run here; the message says why and what to install. */
export class EngineUnavailableError extends Error {
  override readonly name = 'EngineUnavailableError';

  constructor(
    readonly engine: EngineName,
    readonly reason: string,
  ) {
    super(`The ${engine} engine is not available: ${reason}`);
  }
}

/** An engine ran out of memory; the computation is lost, but the engine still works. */
export class EngineMemoryError extends Error {
  override readonly name = 'EngineMemoryError';
  /** Same code as errors of the torch engine's kernels. */
  readonly code = 'OUT_OF_MEMORY';

  /** @param limit describes the engine's memory limit to users */
  constructor(
    readonly engine: EngineName,
    limit: string,
  ) {
    super(
      `The ${engine} engine is out of memory (${limit}): use a smaller batch or a smaller image size`,
    );
  }
}
