import type { BlobStore } from '../../platform/blobs/blob-store';
import type { VersionRecord } from '../../registry/models/model';
import type { ServableModel } from './executor';

/**
 * A version with its file, as executors take it.
 * @throws DomainError BLOB_MISSING
 */
export async function servableModel(
  version: VersionRecord,
  blobStore: Pick<BlobStore, 'path'>,
): Promise<ServableModel> {
  const { format, architecture, parameters, preprocessing, labels, blob: sha256 } = version;
  const path = await blobStore.path(sha256);
  return {
    format,
    architecture,
    parameters,
    preprocessing,
    sha256,
    path,
    classes: labels.length,
  };
}
