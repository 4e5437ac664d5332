import type {
  Architecture,
  Precision,
  WeightsSource,
  WriteGuard,
  ExportOptions,
} from '@coatrack/models';
import type { VersionRecord } from '../../models/model';

/** What is exported, and where to. */
export interface Exporting {
  version: VersionRecord;
  architecture: Architecture;
  weights: WeightsSource;
  precision: Precision;
  /** An empty folder of the export's own. */
  folder: string;
  guard: WriteGuard;
}

/** A network in whatever runtime, ready to look at images. */
export interface RunningNetwork {
  /** What runs it, with its version. */
  runtime: string;
  /**
   * @param images [batch, imageSize, imageSize, 3], normalised
   * @returns logits [batch, classes]
   */
  run(images: Float32Array, batch: number): Promise<Float32Array>;
  close(): Promise<void>;
}

/** One format that versions can be exported to. */
export interface Exporter {
  contentType: string;
  /** What its file names end in. */
  extension: string;
  /** @throws RangeError when the format cannot hold this version */
  write(exporting: Exporting): Promise<void>;
  /** What was written, in the runtime that it is meant for. */
  open(exporting: Exporting): Promise<RunningNetwork>;
  /** @returns path of the one file that is handed out */
  pack(exporting: Exporting): Promise<string>;
}

/** What an exported network says of itself. */
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
