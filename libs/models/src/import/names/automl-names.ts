import { type LayerNames, type NameTable, withoutOutput } from './name-table';

/**
 * https://github.com/google/automl/blob/master/efficientnetv2/effnetv2_model.py: a block numbers its convolutions and
 * its norms in the order of creation, and a Fused-MBConv with expand ratio 1 has only one of each.
 */
const layers: LayerNames = {
  conv_stem: 'stem/conv2d',
  bn1: 'stem/tpu_batch_normalization',
  conv_head: 'head/conv2d',
  bn2: 'head/tpu_batch_normalization',
  classifier: 'head/dense',
  block: ({ index }) => `blocks_${index}/`,
  conv: { conv: 'conv2d', bn1: 'tpu_batch_normalization' },
  fused: {
    conv_exp: 'conv2d',
    bn1: 'tpu_batch_normalization',
    conv_pwl: 'conv2d_1',
    bn2: 'tpu_batch_normalization_1',
  },
  mbconv: {
    conv_pw: 'conv2d',
    bn1: 'tpu_batch_normalization',
    conv_dw: 'depthwise_conv2d',
    bn2: 'tpu_batch_normalization_1',
    'se.conv_reduce': 'se/conv2d',
    'se.conv_expand': 'se/conv2d_1',
    conv_pwl: 'conv2d_1',
    bn3: 'tpu_batch_normalization_2',
  },
};

const averageEnding = '/ExponentialMovingAverage';

/** Matches the state of optimizers and counters of the training. */
const training =
  /\/(RMSProp|Momentum|Adam)(_\d+)?$|^(global_step|save_counter|beta[12]_power|current_loss_scale|good_steps)$/;

/** google/automl's names in checkpoints and Keras files: after the model's name, and in Keras files also after a layer's. */
export const automlNames: NameTable = {
  layers,
  read: (nameInFile) => {
    const name = withoutOutput(nameInFile);
    if (training.test(name)) return undefined;
    const average = name.endsWith(averageEnding);
    const whole = average ? name.slice(0, -averageEnding.length) : name;
    const variable = whole
      .replace(/^(?:.*\/)?(?=(?:stem|blocks_\d+|head)\/)/, '')
      .replace('depthwise_kernel', 'kernel');
    return { variable, average };
  },
};
