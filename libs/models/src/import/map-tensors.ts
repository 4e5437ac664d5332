import type { NamedTensors, OpenedWeights } from './weights-format';

/** Source of one of the network's tensors. */
export interface TensorMapping {
  /** Its name in the file. */
  from: string;
  /** Shape in PyTorch's layout. */
  shape: readonly number[];
  /** Converts from the file's layout to PyTorch's; omitted if they are the same. */
  convert?(values: Float32Array): Float32Array;
}

/**
 * Gives a file's tensors the network's names and layouts.
 * @param mappings by the network's name; other tensors are dropped
 * @param nameInFile returns the file's name for a tensor
 */
export function mapTensors(
  file: NamedTensors,
  mappings: ReadonlyMap<string, TensorMapping>,
  nameInFile?: (name: string) => string | undefined,
): Pick<OpenedWeights, 'tensors' | 'read' | 'close' | 'nameInFile'> {
  const tensors = [...mappings].map(([name, { from, shape }]) => {
    return [name, { dtype: file.tensors.get(from)!.dtype, shape }] as const;
  });
  return {
    tensors: new Map(tensors),
    read: async (name) => {
      const { from, convert } = mappings.get(name)!;
      const values = await file.read(from);
      return convert ? convert(values) : values;
    },
    ...(nameInFile ? { nameInFile } : {}),
    close: () => file.close(),
  };
}
