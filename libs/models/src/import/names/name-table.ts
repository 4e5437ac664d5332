import type { TensorSpec } from '../../net/tensor-spec';

/** Names of a network's layers and variables in files of one origin. */
export interface NameTable {
  layers: LayerNames;
  /**
   * Reads the name of a tensor in the file.
   * @returns its layer and variable, with the names of `layers`; `undefined` if it is known not to belong to the network
   */
  read(nameInFile: string): NamedVariable | undefined;
}

interface NamedVariable {
  /** layer/variable */
  variable: string;
  /** Whether it is the variable's moving average, which is more accurate than the variable itself. */
  average?: boolean;
}

/** Position of a block. */
interface BlockPlace {
  stage: number;
  /** Index within the stage. */
  layer: number;
  /** Index within the network. */
  index: number;
}

/** Keras code's names of an EfficientNetV2's layers: one row for each of timm's names. */
export interface LayerNames {
  conv_stem: string;
  bn1: string;
  conv_head: string;
  bn2: string;
  classifier: string;
  /** Returns the prefix of a block's layers. */
  block(place: BlockPlace): string;
  /** Layers of a Fused-MBConv with expand ratio 1. */
  conv: Readonly<Record<'conv' | 'bn1', string>>;
  fused: Readonly<Record<'conv_exp' | 'bn1' | 'conv_pwl' | 'bn2', string>>;
  mbconv: Readonly<
    Record<
      | 'conv_pw'
      | 'bn1'
      | 'conv_dw'
      | 'bn2'
      | 'se.conv_reduce'
      | 'se.conv_expand'
      | 'conv_pwl'
      | 'bn3',
      string
    >
  >;
}

const variables: Readonly<Record<string, string>> = { weight: 'kernel', bias: 'bias' };
const normVariables: Readonly<Record<string, string>> = {
  weight: 'gamma',
  bias: 'beta',
  running_mean: 'moving_mean',
  running_var: 'moving_variance',
};

/**
 * Returns Keras code's names of a network's variables.
 * @param specs in timm's names
 * @returns layer/variable, by timm's name; without counters, which Keras does not have
 */
export function variableNames(
  specs: readonly Pick<TensorSpec, 'name' | 'role'>[],
  names: LayerNames,
): Map<string, string> {
  const known = new Set(specs.map(({ name }) => name));
  const blocks = [...new Set(specs.map(({ name }) => /^blocks\.\d+\.\d+/.exec(name)?.[0]))];
  const places = blocks.filter((scope) => scope !== undefined);
  const result = new Map<string, string>();
  for (const { name, role } of specs) {
    if (role === 'counter') continue;
    const [, module, variable] = /^(.*)\.(\w+)$/.exec(name) ?? [];
    const layer = module && layerName(module, known, places, names);
    const kind = known.has(`${module}.running_mean`) ? normVariables : variables;
    if (layer && kind[variable]) result.set(name, `${layer}/${kind[variable]}`);
  }
  return result;
}

function layerName(
  module: string,
  known: ReadonlySet<string>,
  places: readonly string[],
  names: LayerNames,
): string | undefined {
  const within = /^(blocks\.(\d+)\.(\d+))\.(.+)$/.exec(module);
  if (!within) return lookUp(names, module);
  const [, scope, stage, layer, part] = within;
  const has = (conv: string) => known.has(`${scope}.${conv}.weight`);
  const parts = has('conv_pw') ? names.mbconv : has('conv_exp') ? names.fused : names.conv;
  const own = lookUp(parts, part);
  if (own === undefined) return undefined;
  const place = { stage: Number(stage), layer: Number(layer), index: places.indexOf(scope) };
  return names.block(place) + own;
}

function lookUp(names: object, name: string): string | undefined {
  const value: unknown = Object.hasOwn(names, name) && names[name as keyof typeof names];
  return typeof value === 'string' ? value : undefined;
}

/**
 * Returns the layer and variable at the end of a path in a Keras file: `stem_conv/stem_conv/kernel:0`, or
 * `model/stem_conv/kernel` in a nested model, becomes `stem_conv/kernel`. Keras 3 names a depthwise kernel like any other.
 */
export function layerVariable(nameInFile: string): string {
  const [layer, variable] = nameInFile.split('/').slice(-2);
  return `${layer}/${withoutOutput(variable ?? '').replace('depthwise_kernel', 'kernel')}`;
}

/** Removes TensorFlow's `:0`, which marks an operation's first output. */
export function withoutOutput(name: string): string {
  return name.replace(/:\d+$/, '');
}
