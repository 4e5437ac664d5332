import type { TensorType } from '../../weights/tensor-types';

/** What the thread that reads a file is told when it starts. */
export interface Hdf5ThreadData {
  path: string;
  /** The most that the HDF5 library's heap may grow to. */
  heapBytes: number;
}

/** By layers and variable; the path is that in the file, without the first slash. */
export type Hdf5Tensors = Map<string, { dtype: TensorType; shape: number[]; path: string }>;

/**
 * What the thread answers: to its start with what the file holds, then to every name with that tensor's values, or at
 * any time with what is wrong with the file.
 */
export type Hdf5Answer = { tensors: Hdf5Tensors } | { values: Float32Array } | { wrong: string };
