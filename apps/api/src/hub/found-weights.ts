import type { Architecture, Preprocessing } from '@coatrack/models';
import type { StagedBlob } from '../blobs/blob-store';
import type { Accuracy } from '../models/model';
import type { DownloadOptions } from './downloader';

/** Published weights before they are downloaded, with what their publisher says of them. */
export interface FoundWeights {
  architecture: Architecture;
  preprocessing: Preprocessing;
  labels?: string[];
  licence: string | null;
  accuracy: Accuracy;
  /** What messages call the file. */
  what: string;
  /** @returns files of which the caller moves or removes each */
  download(options: DownloadOptions): Promise<StagedBlob & { name: string }>;
  /** Where the weights come from, and how the file was checked. */
  sourceOf(file: StagedBlob): string;
}
