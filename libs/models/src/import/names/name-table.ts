import type { LayerNames } from './layer-names';

/** How files of one origin name what a network is made of. */
export interface NameTable {
  layers: LayerNames;
  /**
   * Reads the name of a tensor in the file.
   * @returns the layer and variable it holds, as `layers` calls them; `undefined`: it is known to be none of the
   *   network's
   */
  read(nameInFile: string): NamedVariable | undefined;
}

export interface NamedVariable {
  /** layer/variable */
  variable: string;
  /** Whether it is the variable's moving average, which evaluates better than the variable itself. */
  average?: boolean;
}
