import type { Net, WeightInitializer } from '../../net/net';
import type { CoAtNetBlock, CoAtNetTable } from './table';

/** Halves a picture's sides: 2×2 averages or 3×3 maxima. */
export function pool<T>({ pooling }: CoAtNetTable, net: Net<T>, x: T): T {
  return pooling === 'max' ? net.maxPool(x) : net.averagePool(x);
}

/** Proj(Pool(x)): what joins a block's branch where it halves the picture or changes the channels. */
export function shortcut<T>(
  table: CoAtNetTable,
  net: Net<T>,
  x: T,
  { stride, channels }: CoAtNetBlock,
  options: { bias: boolean; initializer: WeightInitializer },
): T {
  const pooled = stride === 2 ? pool(table, net, x) : x;
  if (net.shape(x).at(-1) === channels) return pooled;
  return net.conv('shortcut.expand', pooled, { filters: channels, kernel: 1, ...options });
}
