import type { Architecture } from '../../architecture';
import { explained } from '../explained';
import type { NamedTensors, OpenedWeights, WeightsFormat } from '../weights-format';
import { mapLayers } from './map-layers';
import type { NameTable } from './name-table';

/** What Keras code has saved, and how. */
export interface LayersFile {
  path: string;
  format: WeightsFormat;
  /** For messages. */
  formatName: string;
  tables: readonly NameTable[];
  open(): Promise<NamedTensors>;
}

/**
 * Opens a file that Keras code has named and laid out, in the architecture's names and layouts.
 * @throws WeightsFormatError saying what is wrong
 */
export function openLayers(
  { path, format, formatName, tables, open }: LayersFile,
  architecture: Architecture,
): Promise<OpenedWeights> {
  return explained(path, formatName, async () => {
    const file = await open();
    try {
      const read = (name: string) => explained(path, formatName, () => file.read(name));
      return { ...mapLayers({ ...file, read }, architecture, tables), format };
    } catch (error) {
      await file.close();
      throw error;
    }
  });
}
