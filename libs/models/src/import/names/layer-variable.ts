/**
 * The layer and variable at the end of a path in a Keras file: `stem_conv/stem_conv/kernel:0`, or `model/stem_conv/kernel`
 * of a model within a model → `stem_conv/kernel`. Keras 3 calls a depthwise convolution's kernel as any other's.
 */
export function layerVariable(nameInFile: string): string {
  const [layer, variable] = nameInFile.split('/').slice(-2);
  return `${layer}/${withoutOutput(variable ?? '').replace('depthwise_kernel', 'kernel')}`;
}

/** TensorFlow's `:0` says that it is an operation's first output. */
export function withoutOutput(name: string): string {
  return name.replace(/:\d+$/, '');
}
