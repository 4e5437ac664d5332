import * as tf from '@tensorflow/tfjs-core';

/** TensorFlow.js's record of an operation while a tape runs. */
interface TapeNode {
  kernelName: string;
  inputs: Record<string, tf.Tensor>;
  outputs: tf.Tensor[];
  /** Tensor handles that the gradient reads. They are copies of handles, not of data. */
  saved?: tf.Tensor[];
  gradient?: (dys: (tf.Tensor | undefined)[]) => Record<string, () => tf.Tensor>;
}

/** Methods of TensorFlow.js's engine that start and end a tape. Its types don't expose them. */
interface TapingEngine {
  state: { activeTape: TapeNode[] | null };
  startTape(): void;
  endTape(): void;
}

/**
 * Computes gradients like tf.variableGrads, but frees every tensor as soon as the backward pass has used it. tf.variableGrads
 * keeps all activations and all their gradients until its end. This halves the peak of memory and reuses blocks while they are
 * cached.
 * @param f computes a scalar from the variables
 * @returns the scalar, and a gradient for each variable that it depends on, by the variable's name
 */
export function variableGradients(
  f: () => tf.Scalar,
  variables: readonly tf.Variable[],
): { value: tf.Scalar; grads: tf.NamedTensorMap } {
  const tape: TapeNode[] = [];
  try {
    const value = record(f, tape);
    return { value, grads: backward(tape, value, variables) };
  } finally {
    for (const { saved } of tape) tf.dispose(saved ?? []);
  }
}

/** Runs f with TensorFlow.js recording onto the tape. */
function record(f: () => tf.Scalar, tape: TapeNode[]): tf.Scalar {
  const engine = tf.engine() as unknown as TapingEngine;
  engine.startTape();
  engine.state.activeTape = tape;
  try {
    return tf.tidy('forward', f);
  } finally {
    engine.endTape();
    engine.state.activeTape = null;
  }
}

/** Runs the backward pass, taking nodes off the tape's end until it is empty. */
function backward(
  tape: TapeNode[],
  value: tf.Scalar,
  variables: readonly tf.Variable[],
): tf.NamedTensorMap {
  const dependent = dependents(tape, variables);
  const gradients = new Map<number, tf.Tensor>([[value.id, tf.onesLike(value)]]);
  for (let node = tape.pop(); node; node = tape.pop()) {
    const dys = node.outputs.map(({ id }) => gradients.get(id));
    if (dys.some((dy) => dy)) {
      for (const [x, dx] of differentiate(node, dys, dependent)) accumulate(gradients, x, dx);
    }
    for (const { id } of node.outputs) {
      gradients.get(id)?.dispose();
      gradients.delete(id);
    }
    tf.dispose(node.saved ?? []);
  }
  const named = variables.map(({ id, name }) => [name, gradients.get(id)] as const);
  return Object.fromEntries(named.filter(([, gradient]) => gradient)) as tf.NamedTensorMap;
}

/** Returns the ids of all tensors on the tape that depend on a variable. */
function dependents(tape: readonly TapeNode[], variables: readonly tf.Variable[]): Set<number> {
  const ids = new Set(variables.map(({ id }) => id));
  for (const { inputs, outputs } of tape) {
    if (Object.values(inputs).some(({ id }) => ids.has(id))) {
      for (const { id } of outputs) ids.add(id);
    }
  }
  return ids;
}

/** Returns the gradients of a node's inputs that depend on a variable, each as a separate tensor. */
function differentiate(
  node: TapeNode,
  dys: (tf.Tensor | undefined)[],
  dependent: ReadonlySet<number>,
): [tf.Tensor, tf.Tensor][] {
  const inputs = Object.entries(node.inputs).filter(([, { id }]) => dependent.has(id));
  if (inputs.length === 0) return [];
  if (!node.gradient) throw new Error(`${node.kernelName} has no gradient`);
  const taken = new Set(dys);
  const dxs = tf.tidy(() => {
    const byInput = node.gradient!(dys);
    return inputs.map(([name]) => {
      const dx = byInput[name]!();
      if (taken.has(dx)) return dx.clone();
      taken.add(dx);
      return dx;
    });
  });
  return inputs.map(([, x], index) => [x, dxs[index]!]);
}

function accumulate(gradients: Map<number, tf.Tensor>, x: tf.Tensor, dx: tf.Tensor): void {
  const earlier = gradients.get(x.id);
  gradients.set(x.id, earlier ? tf.add(earlier, dx) : dx);
  if (earlier) tf.dispose([earlier, dx]);
}
