import type { TensorMapping } from '../map-tensors';
import type { Network } from './network';

/** How a file's tensors are read as a network's. */
export interface Fit {
  network: Network;
  /** By the network's name; under their own, those that the network has no place for. */
  mappings: Map<string, TensorMapping>;
  /** How many of the backbone's tensors are there in their shapes. */
  matched: number;
  /** Whether all of the backbone is there, and nothing that would be a part of another. */
  complete: boolean;
  /** What was done to the names, and what was left out: whole sentences. */
  notes: string[];
  /** Why the classifier does not fit: whole sentences. */
  hints: string[];
  /** What the file would call one of the network's tensors. */
  nameInFile(name: string): string | undefined;
}

export interface FitOptions {
  /** What the file has for a classifier is passed over. */
  replaceHead: boolean;
}
