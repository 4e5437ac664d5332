import type { Architecture } from '../architecture';
import type { WeightsSource } from '../weights/weights-source';

export type WeightsFormat = 'safetensors' | 'pytorch' | 'keras' | 'tensorflow';

export interface WeightsFile {
  /** As the user calls it: tells the files of a checkpoint apart, never the format. */
  name: string;
  path: string;
}

export interface OpenOptions {
  architecture: Architecture;
  /** An existing folder for what must be unpacked; whoever gave it removes it. */
  temporaryFolder: string;
}

/** A file's tensors under the names and in the layouts that it has them in. */
export type NamedTensors = Omit<WeightsSource, 'nameInFile'> & { close(): Promise<void> };

/** Weights in an architecture's own names and layouts, whatever file they come from; one tensor in memory at a time. */
export interface OpenedWeights extends WeightsSource {
  readonly format: WeightsFormat;
  close(): Promise<void>;
}

/** The ends of a file, which tell its format. */
export interface FileEdges {
  /** At most the first 4096 bytes. */
  first: Buffer;
  /** At most the last 64 bytes. */
  last: Buffer;
}

/** One format: how to tell it, and how to open it. */
export interface WeightsReader {
  readonly format: WeightsFormat;
  /** Whether a checkpoint may consist of several files. */
  readonly severalFiles: boolean;
  recognizes(edges: FileEdges): boolean;
  /**
   * Of `files`, at least one was recognized.
   * @throws WeightsFormatError saying what is wrong and where
   */
  open(files: readonly WeightsFile[], options: OpenOptions): Promise<OpenedWeights>;
}
