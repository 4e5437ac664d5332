import type { Net, WeightInitializer } from '../../net/net';
import type { CoAtNetBlock, CoAtNetTable, ConvNextOptions, MbconvOptions } from './table';

/**
 * CoAtNet up to the classifier's input: convolutional stem, convolutional stages, Transformer stages with relative
 * attention, pooling, and what the table puts between pooling and classifier.
 * CoAtNet, arXiv:2106.04803, §2.2 and table 3. Where the paper leaves a choice, `paperTable` names the one made here;
 * timm's variants differ as their tables say.
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
  if (table.head === 'plain') return net.flatten(net.globalPool(x));
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

const padding = 'symmetric';

/** x [batch, height, width, in channels] → [batch, height/stride, width/stride, channels] */
function convBlock<T>(table: CoAtNetTable, net: Net<T>, x: T, block: CoAtNetBlock): T {
  return table.conv.kind === 'mbconv'
    ? mbconv(table, table.conv, net, x, block)
    : convNext(table, table.conv, net, x, block);
}

/**
 * MBConv with pre-activation: norm → 1×1 expand → 3×3 depthwise → squeeze-excitation → 1×1 project, plus the shortcut.
 * CoAtNet, arXiv:2106.04803, §2.2 and equation 5.
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
  const inExpansion = options.stride === 'expansion' ? block.stride : 1;
  y = net.conv('conv1_1x1', y, { filters: expanded, kernel: 1, stride: inExpansion, initializer });
  y = net.batchNorm('norm1', y, { epsilon, activation });
  const stride = options.stride === 'depthwise' ? block.stride : 1;
  y = net.depthwiseConv('conv2_kxk', y, { kernel: 3, stride, padding, initializer });
  y = gated('before-norm', 'se_early', y);
  y = net.batchNorm('norm2', y, { epsilon, activation });
  y = gated('after-norm', 'se', y);
  y = net.conv('conv3_1x1', y, { filters: channels, kernel: 1, bias, initializer });
  return net.add(net.dropPath(y, depth), skip);
}

/**
 * ConvNeXt's block: 7×7 depthwise → norm → 1×1 expand → 1×1 project → layer scale, plus the shortcut.
 * ConvNeXt, arXiv:2201.03545, §2; as in timm, a stage's first block downsamples and widens in its depthwise convolution.
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

/**
 * Transformer with pre-norm: x = shortcut + attention(pool(norm x)), then x + mlp(norm x).
 * CoAtNet, arXiv:2106.04803, §2.1 and appendix A.1. Differs from timm only in training: if the position bias comes from an
 * MLP, its hidden layer has no dropout of 1/8.
 * @returns [batch, height/stride, width/stride, channels]
 */
function transformerBlock<T>(table: CoAtNetTable, net: Net<T>, x: T, block: CoAtNetBlock): T {
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
function transformerNorm<T>(
  { transformer: { norm, epsilon } }: CoAtNetTable,
  net: Net<T>,
  name: string,
  x: T,
): T {
  return norm === 'layer'
    ? net.layerNorm(name, x, { epsilon })
    : net.batchNorm(name, x, { epsilon, activation: 'none' });
}

/** Halves an image's sides by 2×2 averages or 3×3 maxima. */
function pool<T>({ pooling }: CoAtNetTable, net: Net<T>, x: T): T {
  return pooling === 'max' ? net.maxPool(x) : net.averagePool(x);
}

/** Proj(Pool(x)): the shortcut of a block that halves the image or changes the channels. */
function shortcut<T>(
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
