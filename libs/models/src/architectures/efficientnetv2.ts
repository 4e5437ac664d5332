import type { Net, Padding } from '../net/net';

/** One row of the paper's stage table. */
export interface EfficientNetV2Stage {
  block: 'fused-mbconv' | 'mbconv';
  layers: number;
  /** Of the stage's first block. */
  stride: 1 | 2;
  expandRatio: number;
  channels: number;
}

/** EfficientNetV2 as data. Every kernel is 3×3 where it is not 1×1. */
export interface EfficientNetV2Table {
  /** Channels. */
  stem: number;
  stages: readonly EfficientNetV2Stage[];
  /** Channels of the last 1×1 convolution. */
  head: number;
  /** Squeeze-excitation's width over the block's input channels, in `mbconv` blocks. */
  seRatio: number;
  padding: Padding;
  epsilon: number;
}

const initializer = 'fan-out-normal';

/**
 * EfficientNetV2 up to the pooled features: stem, stages of Fused-MBConv and MBConv, 1×1 convolution, global pooling.
 * EfficientNetV2, arXiv:2104.00298, §3.3 and table 4. Differs from the paper: nothing; padding as in its released code.
 * @param images [batch, height, width, 3]
 * @returns [batch, head channels]
 */
export function efficientNetV2Features<T>(table: EfficientNetV2Table, net: Net<T>, images: T): T {
  const { epsilon, padding } = table;
  const blocks = table.stages.reduce((sum, { layers }) => sum + layers, 0);
  let x = net.within('stem', images, (_, images) => {
    const y = net.conv('conv_stem', images, {
      filters: table.stem,
      kernel: 3,
      stride: 2,
      padding,
      initializer,
    });
    return net.batchNorm('bn1', y, { epsilon, activation: 'silu' });
  });
  let index = 0;
  for (const [stage, row] of table.stages.entries()) {
    x = net.within(`blocks.${stage}`, x, (net, x) => {
      for (let layer = 0; layer < row.layers; layer++) {
        const stride = layer === 0 ? row.stride : 1;
        const depth = index++ / blocks;
        const block = { ...row, stride, depth };
        x = net.within(String(layer), x, (net, x) => residual(table, net, x, block));
      }
      return x;
    });
  }
  x = net.within('head_conv', x, (_, x) => {
    const y = net.conv('conv_head', x, { filters: table.head, kernel: 1, initializer });
    return net.batchNorm('bn2', y, { epsilon, activation: 'silu' });
  });
  return net.flatten(net.globalPool(x));
}

/** features [batch, channels] → logits [batch, classes] */
export function efficientNetV2Head<T>(
  net: Net<T>,
  features: T,
  { classes }: { classes: number },
): T {
  return net.dense('classifier', net.dropout(features), {
    units: classes,
    // timm's 1 / √classes is meant for a thousand of them; with ten the first logits would drown the labels.
    initializer: 'fan-in-uniform',
  });
}

interface Block extends EfficientNetV2Stage {
  depth: number;
}

function residual<T>(table: EfficientNetV2Table, net: Net<T>, x: T, block: Block): T {
  const branch = { 'fused-mbconv': fusedMbconv, mbconv }[block.block];
  const y = branch(table, net, x, block);
  const skips = block.stride === 1 && net.shape(x).at(-1) === block.channels;
  return skips ? net.add(net.dropPath(y, block.depth), x) : y;
}

/**
 * Fused-MBConv: 3×3 expand → 1×1 project; with an expand ratio of 1 a single 3×3 convolution.
 * EfficientNetV2, arXiv:2104.00298, §3.2.
 */
function fusedMbconv<T>(table: EfficientNetV2Table, net: Net<T>, x: T, block: Block): T {
  const { epsilon, padding } = table;
  const { channels, expandRatio, stride } = block;
  const spatial = { kernel: 3, stride, padding, initializer } as const;
  if (expandRatio === 1) {
    const y = net.conv('conv', x, { filters: channels, ...spatial });
    return net.batchNorm('bn1', y, { epsilon, activation: 'silu' });
  }
  const filters = net.shape(x).at(-1)! * expandRatio;
  let y = net.conv('conv_exp', x, { filters, ...spatial });
  y = net.batchNorm('bn1', y, { epsilon, activation: 'silu' });
  y = net.conv('conv_pwl', y, { filters: channels, kernel: 1, initializer });
  return net.batchNorm('bn2', y, { epsilon, activation: 'none' });
}

/** MBConv: 1×1 expand → 3×3 depthwise → squeeze-excitation → 1×1 project. MobileNetV2, arXiv:1801.04381. */
function mbconv<T>(table: EfficientNetV2Table, net: Net<T>, x: T, block: Block): T {
  const { epsilon, padding, seRatio } = table;
  const { channels, expandRatio, stride } = block;
  const inChannels = net.shape(x).at(-1)!;
  let y = net.conv('conv_pw', x, { filters: inChannels * expandRatio, kernel: 1, initializer });
  y = net.batchNorm('bn1', y, { epsilon, activation: 'silu' });
  y = net.depthwiseConv('conv_dw', y, { kernel: 3, stride, padding, initializer });
  y = net.batchNorm('bn2', y, { epsilon, activation: 'silu' });
  y = squeezeExcite(net.at('se'), y, Math.round(inChannels * seRatio));
  y = net.conv('conv_pwl', y, { filters: channels, kernel: 1, initializer });
  return net.batchNorm('bn3', y, { epsilon, activation: 'none' });
}

/** Squeeze-excitation: channels gated by what the whole picture holds. arXiv:1709.01507. */
function squeezeExcite<T>(net: Net<T>, x: T, width: number): T {
  const options = { kernel: 1, bias: true, initializer } as const;
  let gate = net.conv('conv_reduce', net.globalPool(x), { filters: width, ...options });
  gate = net.activation(gate, 'silu');
  gate = net.conv('conv_expand', gate, { filters: net.shape(x).at(-1)!, ...options });
  return net.multiply(x, net.activation(gate, 'sigmoid'));
}
