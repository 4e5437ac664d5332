import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setThreadDefaults } from '../thread-settings';

/** A tensor in libtorch. It must be freed explicitly, as the garbage collector does not know it. */
export type Handle = number;

/** Types of operators' arguments; the operator's schema decides which are valid. */
export type Argument =
  Handle | number | boolean | string | null | undefined | readonly (number | boolean | null)[];

export type Values = Float32Array | Int32Array | Uint8Array;

/** The addon, native/addon.cpp. */
export interface Native {
  readonly version: string;
  readonly cuda: boolean;
  /** Whether the processor (not the GPU) multiplies bfloat16 in hardware. */
  readonly bfloat16: boolean;
  readonly threads: number;
  /** dtype, rank and sizes of the latest tensor of call, write or describe. */
  readonly description: Int32Array;
  resolve(name: string, overload: string): number;
  call(operator: number, ...args: Argument[]): unknown;
  write(values: Values, dtype: number, shape: readonly number[]): Handle;
  read(handle: Handle, target: Values): void;
  readAsync<T extends Values>(handle: Handle, target: T): Promise<T>;
  free(handle: Handle): void;
  describe(handle: Handle): void;
  /** Live handles of this thread; bytes of the process's CPU tensors. */
  memory(): { handles: number; allocated: number; reserved: number; peak: number };
  releaseMemory(): void;
  configure(options: { device?: string; threads?: number }): void;
}

/** All operators of native/ops; an addon that lacks one of them was compiled from older sources. */
export const ownOperators = [
  'activation',
  'activation_grad',
  'attention',
  'attention_grad',
  'batch_norm_training',
  'batch_norm_training_grad',
  'batch_norm_inference',
  'depthwise',
  'depthwise_input_grad',
  'depthwise_filter_grad',
  'has_winograd',
  'winograd',
  'winograd_input_grad',
  'winograd_filter_grad',
  'squeeze_excite',
  'squeeze_excite_grad',
  'adamw',
  'sgd',
  'rmsprop',
  'moving_averages',
];

const howToBuild = 'node libs/kernels/native/build.mjs';

const builtFolder = join(__dirname, '../../native/dist');

function buildRecord(folder: string): { built: boolean; reason?: string } {
  const path = join(folder, 'build.json');
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8'));
  return { built: false, reason: `it has not been built yet: run ${howToBuild}` };
}

/** Loads the addon. @throws Error saying in one line why it is missing or does not load */
export function loadNative(folder = builtFolder): Native {
  const record = buildRecord(folder);
  if (!record.built) throw new Error(record.reason);
  setThreadDefaults();
  const native = load(join(folder, 'torch.node'));
  requireOperators(native);
  return native;
}

function load(path: string): Native {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- an addon is no ECMAScript module
    return require(path) as Native;
  } catch (error) {
    const line = (error as Error).message.split('\n')[0];
    throw new Error(`its addon does not load: ${line}`, { cause: error });
  }
}

function requireOperators(native: Native): void {
  try {
    for (const name of ownOperators) native.resolve(`coatrack::${name}`, '');
  } catch (error) {
    const line = (error as Error).message.split('\n')[0];
    throw new Error(`its addon is from an older build (${line}): rebuild it with ${howToBuild}`, {
      cause: error,
    });
  }
}
