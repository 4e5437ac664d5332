import type { Net } from '../../net/net';
import { shortcut } from './shortcut';
import type { CoAtNetBlock, CoAtNetTable, ConvNextOptions, MbconvOptions } from './table';

const padding = 'symmetric';

/** x [batch, height, width, in channels] → [batch, height/stride, width/stride, channels] */
export function convBlock<T>(table: CoAtNetTable, net: Net<T>, x: T, block: CoAtNetBlock): T {
  return table.conv.kind === 'mbconv'
    ? mbconv(table, table.conv, net, x, block)
    : convNext(table, table.conv, net, x, block);
}

/**
 * MBConv with pre-activation: norm → 1×1 expand → 3×3 depthwise → squeeze-excitation → 1×1 project, plus the shortcut.
 * CoAtNet, arXiv:2106.04803, §2.2; as timm reads it, expansion and squeeze-excitation are by output channels.
 */
function mbconv<T>(
  table: CoAtNetTable,
  options: MbconvOptions,
  net: Net<T>,
  x: T,
  block: CoAtNetBlock,
): T {
  const { epsilon, activation, outputBias: bias, squeezeExcite } = options;
  const { channels, depth } = block;
  const initializer = table.initializers.conv;
  const skip = shortcut(table, net, x, block, { bias, initializer });
  const expanded =
    (options.widthFrom === 'output' ? channels : net.shape(x).at(-1)!) * table.expandRatio;
  const squeezed = (options.widthFrom === 'output' ? channels : expanded) * table.seRatio;
  const gated = (place: typeof squeezeExcite.place, name: string, y: T) =>
    squeezeExcite.place === place
      ? net.at(name).squeezeExcite(['fc1', 'fc2'], y, {
          width: squeezed,
          activation: squeezeExcite.activation,
          initializer,
        })
      : y;

  const first = options.preActivation ? activation : 'none';
  let y = net.batchNorm('pre_norm', x, { epsilon, activation: first });
  const pools = options.stride === 'pool' && block.stride === 2;
  if (pools) y = net.averagePool(y);
  y = net.conv('conv1_1x1', y, { filters: expanded, kernel: 1, initializer });
  y = net.batchNorm('norm1', y, { epsilon, activation });
  const stride = pools ? 1 : block.stride;
  y = net.depthwiseConv('conv2_kxk', y, { kernel: 3, stride, padding, initializer });
  y = gated('before-norm', 'se_early', y);
  y = net.batchNorm('norm2', y, { epsilon, activation });
  y = gated('after-norm', 'se', y);
  y = net.conv('conv3_1x1', y, { filters: channels, kernel: 1, bias, initializer });
  return net.add(net.dropPath(y, depth), skip);
}

/**
 * ConvNeXt's block: 7×7 depthwise → norm → 1×1 expand → 1×1 project → layer scale, plus the shortcut.
 * ConvNeXt, arXiv:2201.03545, §2; as timm's, a stage's first block halves and widens in its depthwise convolution.
 */
function convNext<T>(
  table: CoAtNetTable,
  { epsilon, activation, layerScale }: ConvNextOptions,
  net: Net<T>,
  x: T,
  block: CoAtNetBlock,
): T {
  const { channels, depth, stride } = block;
  const options = { bias: true, initializer: 'fan-in-uniform' } as const;
  const skip = shortcut(table, net, x, block, options);
  const depthwise = { kernel: 7, stride, padding, filters: channels } as const;
  let y = net.depthwiseConv('conv_dw', x, { ...depthwise, ...options });
  y = net.layerNorm('norm', y, { epsilon });
  const expanded = channels * table.expandRatio;
  y = net.conv('mlp.fc1', y, { filters: expanded, kernel: 1, ...options });
  y = net.activation(y, activation);
  y = net.conv('mlp.fc2', y, { filters: channels, kernel: 1, ...options });
  y = net.layerScale('ls', y, { start: layerScale });
  return net.add(net.dropPath(y, depth), skip);
}
