import type { TensorMapping } from '../map-tensors';
import type { Network } from './network';

/** Result of reading a file's tensors as a network's. */
export interface Fit {
  network: Network;
  /** By the network's name; tensors outside the network by their own. */
  mappings: Map<string, TensorMapping>;
  /** Number of the backbone's tensors that exist with the right shape. */
  matched: number;
  /** Whether the backbone is complete, without parts of another. */
  complete: boolean;
  /** How names were changed and what was ignored, in full sentences. */
  notes: string[];
  /** Why the classifier does not fit, in full sentences. */
  hints: string[];
  /** Returns the file's name for one of the network's tensors. */
  nameInFile(name: string): string | undefined;
}

export interface FitOptions {
  /** Whether to ignore the classifier in the file. */
  replaceHead: boolean;
}
