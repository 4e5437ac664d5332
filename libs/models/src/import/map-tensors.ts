import type { NamedTensors, OpenedWeights } from './weights-format';

/** Where one of the network's tensors comes from. */
export interface TensorMapping {
  /** Its name in the file. */
  from: string;
  /** In PyTorch's layout. */
  shape: readonly number[];
  /** From the file's layout to PyTorch's; left out: they are the same. */
  convert?(values: Float32Array): Float32Array;
}

/**
 * Gives a file's tensors the network's names and layouts.
 * @param mappings by the network's name; what is not in it is left out
 * @param nameInFile what the file would call a tensor
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
