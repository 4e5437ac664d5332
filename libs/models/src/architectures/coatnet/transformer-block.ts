import type { Net } from '../../net/net';
import { pool, shortcut } from './shortcut';
import type { CoAtNetBlock, CoAtNetTable } from './table';

/**
 * Transformer with pre-norm: x = shortcut + attention(pool(norm x)), then x + mlp(norm x).
 * CoAtNet, arXiv:2106.04803, §2.1 and appendix A.1. Differs from timm in training alone: where the position bias comes
 * from an MLP, its hidden layer has no dropout of 1/8.
 * @returns [batch, height/stride, width/stride, channels]
 */
export function transformerBlock<T>(
  table: CoAtNetTable,
  net: Net<T>,
  x: T,
  block: CoAtNetBlock,
): T {
  const { headDim, expandRatio, initializers } = table;
  const { shortcutBias, widenedBy, layerScale, biasUnits } = table.transformer;
  const { channels, depth, stride } = block;
  const initializer = initializers.transformer;
  const dense = { kernel: 1, bias: true, initializer } as const;
  const mlp = { ...dense, biasDeviation: initializers.mlpBias };
  const scaled = (name: string, y: T) =>
    layerScale === undefined ? y : net.layerScale(name, y, { start: layerScale });

  const skip = shortcut(table, net, x, block, { bias: shortcutBias, initializer });
  let y = transformerNorm(table, net, stride === 2 ? 'norm1.norm' : 'norm1', x);
  if (stride === 2) y = pool(table, net, y);
  const width = widenedBy === 'attention' ? channels : net.shape(x).at(-1)!;
  y = net.conv('attn.qkv', y, { filters: 3 * width, ...dense });
  const bias = biasUnits === undefined ? undefined : { units: biasUnits, ...mlp };
  y = net.relativeAttention('attn.rel_pos', y, { headDim, mlp: bias });
  y = net.conv('attn.proj', y, { filters: channels, ...dense });
  x = net.add(net.dropPath(scaled('ls1', y), depth), skip);

  y = transformerNorm(table, net, 'norm2', x);
  y = net.conv('mlp.fc1', y, { filters: channels * expandRatio, ...mlp });
  y = net.activation(y, 'gelu');
  y = net.conv('mlp.fc2', y, { filters: channels, ...mlp });
  return net.add(x, net.at('mlp').dropPath(scaled('ls2', y), depth));
}

/** x of any shape that ends in channels → like x */
export function transformerNorm<T>(
  { transformer: { norm, epsilon } }: CoAtNetTable,
  net: Net<T>,
  name: string,
  x: T,
): T {
  return norm === 'layer'
    ? net.layerNorm(name, x, { epsilon })
    : net.batchNorm(name, x, { epsilon, activation: 'none' });
}
