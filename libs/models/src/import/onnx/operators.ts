const standardDomains: readonly string[] = ['', 'ai.onnx'];

/** Domain of ONNX Runtime's operators that quantization and graph fusion add, and that run on every processor. */
export const runtimeDomain = 'com.microsoft';
const runtimeOperators: ReadonlySet<string> = new Set([
  'QLinearAdd',
  'QLinearAveragePool',
  'QLinearConcat',
  'QLinearGlobalAveragePool',
  'QLinearLeakyRelu',
  'QLinearMul',
  'QLinearReduceMean',
  'QLinearSigmoid',
  'QLinearSoftmax',
  'QLinearWhere',
  'QGemm',
  'QuantizeLinear',
  'DequantizeLinear',
  'DynamicQuantizeMatMul',
  'MatMulIntegerToFloat',
  'MatMulNBits',
  'FusedConv',
  'FusedGemm',
  'FusedMatMul',
  'Gelu',
  'FastGelu',
  'BiasGelu',
  'QuickGelu',
  'SkipLayerNormalization',
  'Attention',
  'MultiHeadAttention',
]);

/** Returns whether an operator is supported. */
export function isRunnable(operator: string, domain: string): boolean {
  if (domain === runtimeDomain) return runtimeOperators.has(operator);
  return isStandard(domain);
}

/** Returns whether a domain is that of ONNX's own operators. */
export function isStandard(domain: string): boolean {
  return standardDomains.includes(domain);
}
