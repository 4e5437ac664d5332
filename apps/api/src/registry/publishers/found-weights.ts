import type { Architecture, Preprocessing } from '@coatrack/models';
import type { StagedBlob } from '../../platform/blobs/blob-store';
import type { Accuracy } from '../models/model';
import type { DownloadOptions } from './downloader';

/** Published weights before they are downloaded, with what their publisher says of them. */
export interface FoundWeights {
  /** Left out: the one whose names and shapes the weights have. */
  architecture?: Architecture;
  /** @throws RemoteError when the architecture does not take images of the size that the publisher states */
  preprocessing(architecture: Architecture): Preprocessing;
  labels?: string[];
  /** What of the publisher's statements could not be used: whole sentences. */
  notes: string[];
  licence: string | null;
  accuracy: Accuracy;
  /** What messages call the file. */
  what: string;
  /** @returns one file, or all files of a checkpoint, of which the caller moves or removes each */
  download(options: DownloadOptions): Promise<(StagedBlob & { name: string })[]>;
  /** Where the weights come from, and how the file was checked. */
  sourceOf(file: StagedBlob): string;
}
