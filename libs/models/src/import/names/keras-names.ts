import { type LayerNames, layerVariable, type NameTable } from './name-table';

/** https://github.com/keras-team/keras/blob/v2.15.0/keras/applications/efficientnet_v2.py */
const layers: LayerNames = {
  conv_stem: 'stem_conv',
  bn1: 'stem_bn',
  conv_head: 'top_conv',
  bn2: 'top_bn',
  classifier: 'predictions',
  // After the 26th layer of a stage, Keras continues with the following ASCII characters.
  block: ({ stage, layer }) => `block${stage + 1}${String.fromCharCode(97 + layer)}_`,
  conv: { conv: 'project_conv', bn1: 'project_bn' },
  fused: {
    conv_exp: 'expand_conv',
    bn1: 'expand_bn',
    conv_pwl: 'project_conv',
    bn2: 'project_bn',
  },
  mbconv: {
    conv_pw: 'expand_conv',
    bn1: 'expand_bn',
    conv_dw: 'dwconv2',
    bn2: 'bn',
    'se.conv_reduce': 'se_reduce',
    'se.conv_expand': 'se_expand',
    conv_pwl: 'project_conv',
    bn3: 'project_bn',
  },
};

/**
 * Matches the variables of the Normalization layer at the start of B0 to B3, whatever its name and nesting: preprocessing
 * is not part of the weights here.
 */
const preprocessing = /\/(mean|variance|count)$/;

/** keras.applications' names, in files of weights and of whole models. */
export const kerasNames: NameTable = {
  layers,
  read: (nameInFile) => {
    const variable = layerVariable(nameInFile);
    return preprocessing.test(variable) ? undefined : { variable };
  },
};
