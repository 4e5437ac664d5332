import type { TensorType } from '../../weights/tensor-types';

/** Start parameters of the thread that reads a file. */
export interface Hdf5ThreadData {
  path: string;
  /** Maximum size of the HDF5 library's heap. */
  heapBytes: number;
}

/** Tensors by layers and variable; the path is the one in the file, without the first slash. */
export type Hdf5Tensors = Map<string, { dtype: TensorType; shape: number[]; path: string }>;

/**
 * Answers of the thread: first the file's tensors, then for every requested name its values, or at any time a problem of
 * the file.
 */
export type Hdf5Answer = { tensors: Hdf5Tensors } | { values: Float32Array } | { wrong: string };
