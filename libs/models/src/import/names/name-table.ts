import type { TensorSpec } from '../../net/tensor-spec';

/** How files of one origin name what a network is made of. */
export interface NameTable {
  layers: LayerNames;
  /**
   * Reads the name of a tensor in the file.
   * @returns the layer and variable it holds, as `layers` calls them; `undefined`: it is known to be none of the
   *   network's
   */
  read(nameInFile: string): NamedVariable | undefined;
}

interface NamedVariable {
  /** layer/variable */
  variable: string;
  /** Whether it is the variable's moving average, which evaluates better than the variable itself. */
  average?: boolean;
}

/** Where a block stands. */
interface BlockPlace {
  stage: number;
  /** Within the stage. */
  layer: number;
  /** Within the network. */
  index: number;
}

/** What Keras code calls the layers of an EfficientNetV2: one row for each of timm's names. */
export interface LayerNames {
  conv_stem: string;
  bn1: string;
  conv_head: string;
  bn2: string;
  classifier: string;
  /** What the names of a block's layers start with. */
  block(place: BlockPlace): string;
  /** A Fused-MBConv with an expand ratio of 1. */
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
 * What Keras code calls the variables of a network.
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
 * The layer and variable at the end of a path in a Keras file: `stem_conv/stem_conv/kernel:0`, or `model/stem_conv/kernel`
 * of a model within a model → `stem_conv/kernel`. Keras 3 calls a depthwise convolution's kernel as any other's.
 */
export function layerVariable(nameInFile: string): string {
  const [layer, variable] = nameInFile.split('/').slice(-2);
  return `${layer}/${withoutOutput(variable ?? '').replace('depthwise_kernel', 'kernel')}`;
}

/** TensorFlow's `:0` says that it is an operation's first output. */
export function withoutOutput(name: string): string {
  return name.replace(/:\d+$/, '');
}
