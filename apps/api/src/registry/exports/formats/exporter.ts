import type {
  Architecture,
  Precision,
  WeightsSource,
  WriteGuard,
  ExportOptions,
} from '@coatrack/models';
import type { VersionRecord } from '../../models/model';

/** A version to export, and where to. */
export interface Exporting {
  version: VersionRecord;
  architecture: Architecture;
  weights: WeightsSource;
  precision: Precision;
  /** An empty folder for this export. */
  folder: string;
  guard: WriteGuard;
}

/** A network that is loaded in some runtime. */
export interface RunningNetwork {
  /** Name and version of the runtime. */
  runtime: string;
  /**
   * @param images [batch, imageSize, imageSize, 3], normalised
   * @returns logits [batch, classes]
   */
  run(images: Float32Array, batch: number): Promise<Float32Array>;
  close(): Promise<void>;
}

/** A format that versions can be exported to. */
export interface Exporter {
  contentType: string;
  /** Extension of its file names. */
  extension: string;
  /** Writes the files. @throws RangeError when the format cannot represent this version */
  write(exporting: Exporting): Promise<void>;
  /** Opens the written files in the runtime that they are meant for. */
  open(exporting: Exporting): Promise<RunningNetwork>;
  /** Packs the files. @returns path of the one file to serve */
  pack(exporting: Exporting): Promise<string>;
}

/** Returns the metadata of an exported network. */
export function factsOf({ labels, preprocessing, licence, source }: VersionRecord): ExportOptions {
  return {
    classes: labels.length,
    imageSize: preprocessing.imageSize,
    labels,
    preprocessing,
    ...(licence === null ? {} : { licence }),
    ...(source === null ? {} : { source }),
  };
}
