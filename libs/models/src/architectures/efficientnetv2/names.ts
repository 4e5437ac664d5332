/** A convolution and the batch norm after it. */
type ConvNorm = readonly [conv: string, norm: string];

/** What an EfficientNetV2's tensors are called. Block-level names are below the block's scope. */
export interface EfficientNetV2Names {
  stem: ConvNorm;
  /** Scope of the stage with this index; a block's scope is its index below it. */
  stage(index: number): string;
  conv: ConvNorm;
  fused: { expand: ConvNorm; project: ConvNorm };
  mbconv: {
    expand: ConvNorm;
    depthwise: ConvNorm;
    squeezeExcite: readonly [scope: string, reduce: string, expand: string];
    project: ConvNorm;
  };
  /** The last 1×1 convolution. */
  head(stages: number): ConvNorm;
  classifier: string;
}

export const timmNames: EfficientNetV2Names = {
  stem: ['conv_stem', 'bn1'],
  stage: (index) => `blocks.${index}`,
  conv: ['conv', 'bn1'],
  fused: { expand: ['conv_exp', 'bn1'], project: ['conv_pwl', 'bn2'] },
  mbconv: {
    expand: ['conv_pw', 'bn1'],
    depthwise: ['conv_dw', 'bn2'],
    squeezeExcite: ['se', 'conv_reduce', 'conv_expand'],
    project: ['conv_pwl', 'bn3'],
  },
  head: () => ['conv_head', 'bn2'],
  classifier: 'classifier',
};

function sequence(scope: string): ConvNorm {
  return [`${scope}.0`, `${scope}.1`];
}

export const torchvisionNames: EfficientNetV2Names = {
  stem: sequence('features.0'),
  stage: (index) => `features.${index + 1}`,
  conv: sequence('block.0'),
  fused: { expand: sequence('block.0'), project: sequence('block.1') },
  mbconv: {
    expand: sequence('block.0'),
    depthwise: sequence('block.1'),
    squeezeExcite: ['block.2', 'fc1', 'fc2'],
    project: sequence('block.3'),
  },
  head: (stages) => sequence(`features.${stages + 1}`),
  classifier: 'classifier.1',
};
