import { type LayerNames, layerVariable, type NameTable } from './name-table';

/** https://github.com/leondgarse/keras_cv_attention_models/blob/main/keras_cv_attention_models/efficientnet/efficientnet_v2.py */
const layers: LayerNames = {
  conv_stem: 'stem_conv',
  bn1: 'stem_bn',
  conv_head: 'post_conv',
  bn2: 'post_bn',
  classifier: 'predictions',
  block: ({ stage, layer }) => `stack_${stage}_block${layer}_`,
  conv: { conv: 'fu_conv', bn1: 'fu_bn' },
  fused: {
    conv_exp: 'sortcut_conv',
    bn1: 'sortcut_bn',
    conv_pwl: 'MB_pw_conv',
    bn2: 'MB_pw_bn',
  },
  mbconv: {
    conv_pw: 'sortcut_conv',
    bn1: 'sortcut_bn',
    conv_dw: 'MB_dw_',
    bn2: 'MB_dw_bn',
    'se.conv_reduce': 'se_1_conv',
    'se.conv_expand': 'se_2_conv',
    conv_pwl: 'MB_pw_conv',
    bn3: 'MB_pw_bn',
  },
};

/** The names of keras_cv_attention_models and of keras_efficientnet_v2 before it. */
export const kerasCvNames: NameTable = {
  layers,
  read: (nameInFile) => ({ variable: layerVariable(nameInFile) }),
};
