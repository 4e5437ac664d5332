import type { BatchNormOptions, ConvOptions, DepthwiseConvOptions, Net } from '../../net/net';
import type { EfficientNetV2Names, EfficientNetV2Stage, EfficientNetV2Table } from './table';

const initializer = 'fan-out-normal';

/**
 * EfficientNetV2 up to the pooled features: stem, stages of Fused-MBConv and MBConv, 1×1 convolution, global pooling.
 * EfficientNetV2, arXiv:2104.00298, §3.3 and table 4. Differs from the paper: nothing; the table sets the padding.
 * @param images [batch, height, width, 3]
 * @returns [batch, head channels]
 */
export function efficientNetV2Features<T>(table: EfficientNetV2Table, net: Net<T>, images: T): T {
  const { names } = table;
  const blocks = table.stages.reduce((sum, { layers }) => sum + layers, 0);
  let x = net.within('stem', images, (_, images) =>
    convNorm(table, net, images, names.stem, { ...spatial(table, 2), filters: table.stem }),
  );
  let index = 0;
  for (const [stage, row] of table.stages.entries()) {
    x = net.within(names.stage(stage), x, (net, x) => {
      for (let layer = 0; layer < row.layers; layer++) {
        const stride = layer === 0 ? row.stride : 1;
        const block = { ...row, stride, depth: index++ / blocks };
        x = net.within(String(layer), x, (net, x) => residual(table, net, x, block));
      }
      return x;
    });
  }
  x = net.within('head_conv', x, (_, x) =>
    convNorm(table, net, x, names.head(table.stages.length), pointwise(table.head)),
  );
  return net.flatten(net.globalPool(x));
}

/** features [batch, channels] → logits [batch, classes] */
export function efficientNetV2Head<T>(
  table: EfficientNetV2Table,
  net: Net<T>,
  features: T,
  { classes }: { classes: number },
): T {
  return net.dense(table.names.classifier, net.dropout(features), {
    units: classes,
    // timm's 1 / √classes suits a thousand classes; with ten, the first logits would dominate the loss.
    initializer: 'fan-in-uniform',
  });
}

interface Block extends EfficientNetV2Stage {
  depth: number;
}

function residual<T>(table: EfficientNetV2Table, net: Net<T>, x: T, block: Block): T {
  const branch = { conv, 'fused-mbconv': fusedMbconv, mbconv }[block.block];
  const y = branch(table, net, x, block);
  const skips = block.stride === 1 && net.shape(x).at(-1) === block.channels;
  return skips ? net.add(net.dropPath(y, block.depth), x) : y;
}

function conv<T>(table: EfficientNetV2Table, net: Net<T>, x: T, block: Block): T {
  const { channels, stride } = block;
  const options = { ...spatial(table, stride), filters: channels };
  return convNorm(table, net, x, table.names.conv, options);
}

/** Fused-MBConv: 3×3 expand → 1×1 project. EfficientNetV2, arXiv:2104.00298, §3.2. */
function fusedMbconv<T>(table: EfficientNetV2Table, net: Net<T>, x: T, block: Block): T {
  const { channels, stride } = block;
  const names = table.names.fused;
  const expanded = { ...spatial(table, stride), filters: expandedChannels(net, x, block) };
  const y = convNorm(table, net, x, names.expand, expanded);
  return convNorm(table, net, y, names.project, pointwise(channels), 'none');
}

/** MBConv: 1×1 expand → 3×3 depthwise → squeeze-excitation → 1×1 project. MobileNetV2, arXiv:1801.04381. */
function mbconv<T>(table: EfficientNetV2Table, net: Net<T>, x: T, block: Block): T {
  const { epsilon, seRatio } = table;
  const { channels, stride } = block;
  const names = table.names.mbconv;
  const squeezed = Math.round(net.shape(x).at(-1)! * seRatio);
  let y = convNorm(table, net, x, names.expand, pointwise(expandedChannels(net, x, block)));
  const [depthwise, norm] = names.depthwise;
  y = net.depthwiseConv(depthwise, y, spatial(table, stride));
  y = net.batchNorm(norm, y, { epsilon, activation: 'silu' });
  const [scope, ...layers] = names.squeezeExcite;
  const options = { width: squeezed, activation: 'silu', initializer } as const;
  y = net.at(scope).squeezeExcite(layers, y, options);
  return convNorm(table, net, y, names.project, pointwise(channels), 'none');
}

function convNorm<T>(
  { epsilon }: EfficientNetV2Table,
  net: Net<T>,
  x: T,
  [conv, norm]: EfficientNetV2Names['conv'],
  options: ConvOptions,
  activation: BatchNormOptions['activation'] = 'silu',
): T {
  return net.batchNorm(norm, net.conv(conv, x, options), { epsilon, activation });
}

function expandedChannels<T>(net: Net<T>, x: T, { expandRatio }: Block): number {
  return net.shape(x).at(-1)! * expandRatio;
}

function spatial({ padding }: EfficientNetV2Table, stride: 1 | 2) {
  return { kernel: 3, stride, padding, initializer } as const satisfies DepthwiseConvOptions;
}

function pointwise(filters: number): ConvOptions {
  return { filters, kernel: 1, initializer };
}
