import type { Net } from '../../net/net';
import { convBlock } from './conv-block';
import type { CoAtNetTable } from './table';
import { transformerBlock, transformerNorm } from './transformer-block';

/**
 * CoAtNet up to the classifier's input: convolutional stem, convolutional stages, Transformer stages with relative
 * attention, pooling, and norm → dense → tanh or a norm alone.
 * CoAtNet, arXiv:2106.04803, §2.2 and table 3. Differs from the paper: as timm's coatnet_N_224, the stride of an MBConv
 * sits in its depthwise convolution, and norm → dense → tanh stand before the classifier; variants differ as their
 * tables say.
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
        const body = { conv: convBlock, transformer: transformerBlock }[row.block];
        x = net.within(`blocks.${layer}`, x, (net, x) => body(table, net, x, block));
      }
      return x;
    });
  }
  if (table.head === 'norm') {
    const y = net.within('norm', x, (_, x) => transformerNorm(table, net, 'norm', x));
    return net.flatten(net.globalPool(y));
  }
  return net.within('head', x, (net, x) => {
    const y = transformerNorm(table, net, 'norm', net.globalPool(x));
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

function stem<T>({ stem, conv, initializers }: CoAtNetTable, net: Net<T>, x: T): T {
  const { activation, epsilon } = conv;
  const options = { kernel: 3, padding: 'symmetric', initializer: initializers.conv } as const;
  let y = net.conv('conv1', x, { ...options, filters: stem[0], stride: 2 });
  y =
    conv.kind === 'mbconv'
      ? net.batchNorm('norm1', y, { epsilon, activation })
      : net.activation(net.layerNorm('norm1', y, { epsilon }), activation);
  return net.conv('conv2', y, { ...options, filters: stem[1] });
}
