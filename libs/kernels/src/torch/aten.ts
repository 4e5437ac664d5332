import { Argument, Handle, Native } from './native';

/** c10::ScalarType numbers */
export const scalarType = {
  uint8: 0,
  int32: 3,
  int64: 4,
  float32: 6,
  float64: 7,
  bool: 11,
  bfloat16: 15,
};

let native: Native;
const operators = new Map<string, number>();
/** Handles created since the current kernel began; those that it doesn't return are freed when it ends. */
let temporaries: Handle[] = [];

export function useNative(addon: Native): void {
  native = addon;
}

/**
 * Runs an operator of libtorch.
 * @param name its name and, after a dot, its overload: 'mul.Tensor'; the default namespace is aten
 * @throws Error naming the operator if this release of libtorch lacks it
 */
function run(name: string, args: Argument[]): unknown {
  let operator = operators.get(name);
  if (operator === undefined) {
    const [qualified, overload = ''] = name.split('.') as [string, string?];
    operator = native.resolve(
      qualified.includes('::') ? qualified : `aten::${qualified}`,
      overload,
    );
    operators.set(name, operator);
  }
  return native.call(operator, ...args);
}

/** Runs an operator that returns one tensor. */
export function aten(name: string, ...args: Argument[]): Handle {
  const handle = run(name, args) as Handle;
  temporaries.push(handle);
  return handle;
}

/** Runs an operator that returns a number or boolean. */
export function atenNumber(name: string, ...args: Argument[]): number | boolean {
  return run(name, args) as number | boolean;
}

/** Runs an operator that returns several tensors; null stands for one that was not computed. */
export function atenMany(name: string, ...args: Argument[]): Handle[] {
  const handles = run(name, args) as Handle[];
  for (const handle of handles) if (handle !== null) temporaries.push(handle);
  return handles;
}

/** Returns whether a tensor has the scalar type. */
export function isOf(handle: Handle, type: number): boolean {
  native.describe(handle);
  return native.description[0] === type;
}

/** Creates a vector from values that a kernel computed, such as indices. */
export function fromValues(values: Int32Array | Float32Array): Handle {
  const dtype = values instanceof Int32Array ? scalarType.int32 : scalarType.float32;
  const handle = native.write(values, dtype, [values.length]);
  temporaries.push(handle);
  return handle;
}

/** Frees every handle that body creates, except those that it returns. */
export function freeingTemporaries<T extends Handle | Handle[]>(body: () => T): T {
  const outer = temporaries;
  temporaries = [];
  let kept: Handle | Handle[] = [];
  try {
    return (kept = body());
  } finally {
    for (const handle of temporaries) {
      if (handle !== kept && !(Array.isArray(kept) && kept.includes(handle))) native.free(handle);
    }
    temporaries = outer;
  }
}
