import { TensorInfo } from '@tensorflow/tfjs-core';
import { aten, atenMany } from '../aten';
import { type LayerAttributes, type LayerInputs, type LayerKernel } from '../../contracts';
import { defineKernel, Input } from '../define-kernel';
import { Handle } from '../native';
import { asFloat32 } from '../bfloat16';
import { TorchBackend } from '../torch-backend';

/** Numbers of native/ops/elementwise.h. */
const activations: Record<string, number> = { none: 0, silu: 1, gelu: 2, relu: 3 };

function activationNumber(name: string): number {
  const number = activations[name];
  if (number === undefined)
    throw new Error(`The torch engine does not support the activation '${name}'`);
  return number;
}

/** Returns the handles of named inputs in an operator's order. */
function pick<Name extends string>(
  inputs: Record<Name, Input>,
  ...names: NoInfer<Name>[]
): Handle[] {
  return names.map((name) => inputs[name].handle);
}

/** Registers a kernel as contracts/layer-kernels.ts specifies it. */
function defineLayer<Kernel extends LayerKernel>(
  name: Kernel,
  compute: (
    inputs: Record<LayerInputs<Kernel>, Input>,
    attributes: LayerAttributes<Kernel>,
  ) => Handle | Handle[],
  prepare?: Parameters<typeof defineKernel>[2],
): void {
  defineKernel(name, compute as Parameters<typeof defineKernel>[1], prepare);
}

/** The composite kernels of the models. */
function registerLayers(): void {
  defineLayer('BatchNormTraining', (inputs, { epsilon, activation }) => {
    const tensors = pick(inputs, 'x', 'scale', 'offset');
    return atenMany(
      'coatrack::batch_norm_training',
      ...tensors,
      epsilon,
      activationNumber(activation),
    );
  });
  defineLayer('BatchNormTrainingGrad', (inputs, { epsilon, activation }) => {
    const tensors = pick(inputs, 'dy', 'x', 'mean', 'variance', 'scale', 'offset');
    return atenMany(
      'coatrack::batch_norm_training_grad',
      ...tensors,
      epsilon,
      activationNumber(activation),
    );
  });
  defineLayer('BatchNormInference', (inputs, { epsilon, activation }) => {
    const tensors = pick(inputs, 'x', 'mean', 'variance', 'scale', 'offset');
    return aten(
      'coatrack::batch_norm_inference',
      ...tensors,
      epsilon,
      activationNumber(activation),
    );
  });
  defineLayer('Silu', (inputs) =>
    aten('coatrack::activation', ...pick(inputs, 'x'), activations['silu']),
  );
  defineLayer('SiluGrad', (inputs) =>
    aten('coatrack::activation_grad', ...pick(inputs, 'dy', 'x'), activations['silu']),
  );
  defineLayer('Gelu', (inputs) =>
    aten('coatrack::activation', ...pick(inputs, 'x'), activations['gelu']),
  );
  defineLayer('GeluGrad', (inputs) =>
    aten('coatrack::activation_grad', ...pick(inputs, 'dy', 'x'), activations['gelu']),
  );
  defineLayer('LayerNorm', (inputs, { epsilon }) => {
    const { x } = inputs;
    const channels = x.shape.at(-1)!;
    const [y, mean, rstd] = atenMany(
      'native_layer_norm',
      asFloat32(x.handle),
      [channels],
      ...pick(inputs, 'scale', 'offset'),
      epsilon,
    );
    return [y!, aten('reshape', mean!, [-1]), aten('reshape', rstd!, [-1])];
  });
  defineLayer('LayerNormGrad', (inputs) => {
    const { x, scale } = inputs;
    const perRow = [...x.shape.slice(0, -1), 1];
    const [mean, rstd] = pick(inputs, 'mean', 'rstd').map((values) =>
      aten('reshape', values, perRow),
    );
    const [dy, input] = pick(inputs, 'dy', 'x').map(asFloat32);
    // The gradient does not depend on the offset; passing one tells libtorch to compute its gradient.
    const affine = [scale.handle, scale.handle];
    return atenMany(
      'native_layer_norm_backward',
      dy,
      input,
      [x.shape.at(-1)!],
      mean,
      rstd,
      ...affine,
      [true, true, true],
    );
  });
}

/** Registers attention, squeeze-excitation and moving averages. */
function registerRest(): void {
  const layOut = ({ reduce }: Record<string, TensorInfo>, backend: TorchBackend) =>
    backend.layOutFilter(reduce!);
  defineLayer(
    'SqueezeExcite',
    (inputs, { activation }) => {
      const tensors = pick(inputs, 'x', 'reduce', 'reduceBias', 'expand', 'expandBias');
      return atenMany('coatrack::squeeze_excite', ...tensors, activationNumber(activation));
    },
    layOut,
  );
  defineLayer('SqueezeExciteGrad', (inputs, { activation }) => {
    const saved = pick(inputs, 'dy', 'x', 'mean', 'hidden', 'gate', 'reduce', 'expand');
    return atenMany('coatrack::squeeze_excite_grad', ...saved, activationNumber(activation));
  });
  defineLayer('RelativeAttention', (inputs, { heads, headDim }) =>
    aten('coatrack::attention', ...pick(inputs, 'qkv', 'bias'), heads, headDim),
  );
  defineLayer('RelativeAttentionGrad', (inputs, { heads, headDim }) =>
    atenMany('coatrack::attention_grad', ...pick(inputs, 'dy', 'qkv', 'bias'), heads, headDim),
  );
  defineLayer('MovingAverage', (inputs, { momentum, factor }) => {
    const [average, value] = pick(inputs, 'average', 'value');
    return aten('add.Tensor', aten('mul.Scalar', average, 1 - momentum), value, momentum * factor);
  });
}

export function registerFused(): void {
  registerLayers();
  registerRest();
}
