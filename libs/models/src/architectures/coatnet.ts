import type { Net } from '../net/net';

/** One row of the paper's stage table. */
export interface CoAtNetStage {
  block: 'mbconv' | 'transformer';
  layers: number;
  /** Of the stage's first block. */
  stride: 1 | 2;
  channels: number;
}

/** CoAtNet as data. */
export interface CoAtNetTable {
  /** Channels of both 3×3 convolutions of the stem. */
  stem: number;
  stages: readonly CoAtNetStage[];
  expandRatio: number;
  /** Squeeze-excitation's width over the block's output channels. */
  seRatio: number;
  /** Width of one attention head. */
  headDim: number;
  batchNormEpsilon: number;
  layerNormEpsilon: number;
}

const convInitializer = 'fan-out-normal';
const transformerInitializer = 'xavier-uniform';
const padding = 'symmetric';

/**
 * CoAtNet up to the classifier's input: convolutional stem, MBConv stages, Transformer stages with relative attention,
 * pooling, layer norm, a dense layer and tanh.
 * CoAtNet, arXiv:2106.04803, §2.2 and table 3. Differs from the paper: as timm's coatnet_N_224, the stride of an MBConv
 * sits in its depthwise convolution, and norm → dense → tanh stand before the classifier.
 * @param images [batch, height, width, 3]; height and width multiples of 32
 * @returns [batch, channels]
 */
export function coAtNetFeatures<T>(table: CoAtNetTable, net: Net<T>, images: T): T {
  const blocks = table.stages.reduce((sum, { layers }) => sum + layers, 0);
  let x = net.within('stem', images, (net, x) => stem(table, net, x));
  let index = 0;
  for (const [stage, row] of table.stages.entries()) {
    x = net.within(`stages.${stage}`, x, (net, x) => {
      for (let layer = 0; layer < row.layers; layer++) {
        const stride = layer === 0 ? row.stride : 1;
        const block = { ...row, stride, depth: index++ / (blocks - 1) };
        const body = { mbconv, transformer }[row.block];
        x = net.within(`blocks.${layer}`, x, (net, x) => body(table, net, x, block));
      }
      return x;
    });
  }
  return net.within('head', x, (net, x) => {
    const y = net.layerNorm('norm', net.globalPool(x), { epsilon: table.layerNormEpsilon });
    const units = net.shape(y).at(-1)!;
    const options = { units, initializer: 'fan-in-uniform' } as const;
    return net.activation(net.dense('pre_logits.fc', net.flatten(y), options), 'tanh');
  });
}

/** features [batch, channels] → logits [batch, classes] */
export function coAtNetHead<T>(net: Net<T>, features: T, { classes }: { classes: number }): T {
  return net.dense('head.fc', net.dropout(features), {
    units: classes,
    initializer: 'fan-in-uniform',
  });
}

interface Block extends CoAtNetStage {
  depth: number;
}

function stem<T>(table: CoAtNetTable, net: Net<T>, x: T): T {
  const options = {
    filters: table.stem,
    kernel: 3,
    padding,
    initializer: convInitializer,
  } as const;
  let y = net.conv('conv1', x, { ...options, stride: 2 });
  y = net.batchNorm('norm1', y, { epsilon: table.batchNormEpsilon, activation: 'gelu' });
  return net.conv('conv2', y, options);
}

/** Proj(Pool(x)): what joins a block's branch where it halves the picture or changes the channels. */
function shortcut<T>(
  net: Net<T>,
  x: T,
  { stride, channels }: Block,
  initializer: typeof convInitializer | typeof transformerInitializer,
): T {
  const pooled = stride === 2 ? net.averagePool(x) : x;
  if (net.shape(x).at(-1) === channels) return pooled;
  const options = { filters: channels, kernel: 1, bias: true, initializer };
  return net.conv('shortcut.expand', pooled, options);
}

/**
 * MBConv with pre-activation: norm → 1×1 expand → 3×3 depthwise → squeeze-excitation → 1×1 project, plus the shortcut.
 * CoAtNet, arXiv:2106.04803, §2.2; as timm reads it, expansion and squeeze-excitation are by output channels.
 */
function mbconv<T>(table: CoAtNetTable, net: Net<T>, x: T, block: Block): T {
  const { batchNormEpsilon: epsilon, expandRatio, seRatio } = table;
  const { channels, depth, stride } = block;
  const initializer = convInitializer;
  const skip = shortcut(net, x, block, initializer);
  let y = net.batchNorm('pre_norm', x, { epsilon, activation: 'none' });
  y = net.conv('conv1_1x1', y, { filters: channels * expandRatio, kernel: 1, initializer });
  y = net.batchNorm('norm1', y, { epsilon, activation: 'gelu' });
  y = net.depthwiseConv('conv2_kxk', y, { kernel: 3, stride, padding, initializer });
  y = net.batchNorm('norm2', y, { epsilon, activation: 'gelu' });
  y = squeezeExcite(net.at('se'), y, channels * seRatio);
  y = net.conv('conv3_1x1', y, { filters: channels, kernel: 1, bias: true, initializer });
  return net.add(net.dropPath(y, depth), skip);
}

/** Squeeze-excitation: channels gated by what the whole picture holds. arXiv:1709.01507. */
function squeezeExcite<T>(net: Net<T>, x: T, width: number): T {
  const options = { kernel: 1, bias: true, initializer: convInitializer } as const;
  let gate = net.conv('fc1', net.globalPool(x), { filters: width, ...options });
  gate = net.activation(gate, 'silu');
  gate = net.conv('fc2', gate, { filters: net.shape(x).at(-1)!, ...options });
  return net.multiply(x, net.activation(gate, 'sigmoid'));
}

/**
 * Transformer with pre-norm: x = shortcut + attention(pool(norm x)), then x + mlp(norm x).
 * CoAtNet, arXiv:2106.04803, §2.1 and appendix A.1.
 */
function transformer<T>(table: CoAtNetTable, net: Net<T>, x: T, block: Block): T {
  const { headDim, layerNormEpsilon: epsilon } = table;
  const { channels, depth, stride } = block;
  const dense = { kernel: 1, bias: true, initializer: transformerInitializer } as const;

  const skip = shortcut(net, x, block, transformerInitializer);
  let y = net.layerNorm(stride === 2 ? 'norm1.norm' : 'norm1', x, { epsilon });
  if (stride === 2) y = net.averagePool(y);
  y = net.conv('attn.qkv', y, { filters: 3 * channels, ...dense });
  y = net.relativeAttention('attn.rel_pos', y, { headDim });
  y = net.conv('attn.proj', y, { filters: channels, ...dense });
  x = net.add(net.dropPath(y, depth), skip);

  const mlp = { ...dense, biasDeviation: 1e-6 };
  y = net.layerNorm('norm2', x, { epsilon });
  y = net.conv('mlp.fc1', y, { filters: channels * table.expandRatio, ...mlp });
  y = net.activation(y, 'gelu');
  y = net.conv('mlp.fc2', y, { filters: channels, ...mlp });
  return net.add(x, net.at('mlp').dropPath(y, depth));
}
