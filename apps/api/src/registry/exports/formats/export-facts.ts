import type { ExportOptions } from '@coatrack/models';
import type { VersionRecord } from '../../models/model';

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
