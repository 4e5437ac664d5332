import type { BatchNorm, Constant, GraphNode, LayerScale, Linear } from './graph';

/** y = x·scale + offset per channel, in double precision, so that folding only rounds once at the end. */
interface Affine {
  scale: Float64Array;
  offset: Float64Array;
}

/**
 * Folds batch norms and layer scales into the convolution or dense layer before them or, if there is none, into all 1×1
 * convolutions after them. Both are exact except for rounding. Other nodes are unchanged.
 * @param nodes in an order of computation
 * @returns the remaining nodes in the same order
 */
export function fold(nodes: readonly GraphNode[]): GraphNode[] {
  const consumers = new Map<GraphNode, GraphNode[]>(nodes.map((node) => [node, []]));
  for (const node of nodes) for (const input of node.inputs) consumers.get(input)!.push(node);
  return nodes.filter((node) => {
    const { operation } = node;
    if (operation.kind !== 'batchNorm' && operation.kind !== 'layerScale') return true;
    const [x] = node.inputs;
    const after = consumers.get(node)!;
    if (after.length === 0) return true;
    if (x.operation.kind === 'linear' && consumers.get(x)!.length === 1) {
      x.operation = foldAfter(x.operation, operation);
    } else if (after.every(isPointwise)) {
      for (const consumer of after) {
        consumer.operation = foldBefore(operation, consumer.operation as Linear);
      }
    } else {
      return true;
    }
    for (const consumer of after) {
      consumer.inputs = consumer.inputs.map((input) => (input === node ? x : input));
    }
    consumers.set(
      x,
      consumers.get(x)!.flatMap((consumer) => (consumer === node ? after : [consumer])),
    );
    return false;
  });
}

/** Returns whether each output depends on a single position, so that padding does not interfere. */
function isPointwise({ operation }: GraphNode): boolean {
  return operation.kind === 'linear' && operation.groups === 1 && operation.geometry.kernel === 1;
}

/** scale·(W·x + b) + offset = (scale·W)·x + (scale·b + offset) */
function foldAfter(linear: Linear, next: BatchNorm | LayerScale): Linear {
  const { weight, bias } = linear;
  const outputs = weight.shape[0];
  const weightValues = async () => {
    const [values, { scale }] = [await weight.values(), await affineOf(next)];
    const perOutput = values.length / outputs;
    return values.map((value, index) => value * scale[Math.floor(index / perOutput)]);
  };
  const biasValues = async () => {
    const [values, { scale, offset }] = [await bias?.values(), await affineOf(next)];
    return Float32Array.from(
      offset,
      (shift, index) => (values?.[index] ?? 0) * scale[index] + shift,
    );
  };
  return {
    ...linear,
    weight: { shape: weight.shape, values: weightValues },
    bias: { shape: [outputs], values: biasValues },
  };
}

/** W·(scale·x + offset) + b = (W·scale)·x + (W·offset + b) */
function foldBefore(previous: BatchNorm | LayerScale, linear: Linear): Linear {
  const { weight, bias } = linear;
  const [outputs, inputs] = weight.shape;
  const weightValues = async () => {
    const [values, { scale }] = [await weight.values(), await affineOf(previous)];
    return values.map((value, index) => value * scale[index % inputs]);
  };
  const biasValues = async () => {
    const [values, start] = [await weight.values(), await bias?.values()];
    const { offset } = await affineOf(previous);
    return Float32Array.from({ length: outputs }, (_, output) => {
      let sum = start?.[output] ?? 0;
      for (let input = 0; input < inputs; input++) {
        sum += values[output * inputs + input] * offset[input];
      }
      return sum;
    });
  };
  return {
    ...linear,
    weight: { shape: weight.shape, values: weightValues },
    bias: { shape: [outputs], values: biasValues },
  };
}

async function affineOf(operation: BatchNorm | LayerScale): Promise<Affine> {
  if (operation.kind === 'layerScale') {
    const scale = Float64Array.from(await operation.factors.values());
    return { scale, offset: new Float64Array(scale.length) };
  }
  const { epsilon, parameters } = operation;
  const [factors, offsets, means, variances] = await readAll([
    parameters.scale,
    parameters.offset,
    parameters.mean,
    parameters.variance,
  ]);
  const scale = Float64Array.from(
    factors,
    (factor, index) => factor / Math.sqrt(variances[index] + epsilon),
  );
  const offset = scale.map((factor, index) => offsets[index] - means[index] * factor);
  return { scale, offset };
}

async function readAll(constants: readonly Constant[]): Promise<Float32Array[]> {
  const all: Float32Array[] = [];
  for (const constant of constants) all.push(await constant.values());
  return all;
}
