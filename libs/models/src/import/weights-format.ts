import type { Architecture } from '../architectures/architecture';
import type { WeightsFormat, WeightsSource } from '../weights/weights-source';
import type { WriteGuard } from '../weights/write-guard';
import type { NameTable } from './names/name-table';
import type { OwnDescription } from './own-description';

export interface WeightsFile {
  /** The user's name for the file; distinguishes the files of a checkpoint, but never determines the format. */
  name: string;
  path: string;
}

export interface OpenOptions {
  /** Default: the one that matches the names and shapes of the weights. */
  architecture?: Architecture;
  /** Whether to ignore the classifier in the weights. */
  replaceHead?: boolean;
  /** An existing folder for unpacked files; the caller removes it. */
  temporaryFolder: string;
  guard?: WriteGuard;
}

/** Space for unpacked files. */
export type UnpackingSpace = Pick<OpenOptions, 'temporaryFolder' | 'guard'>;

/** A file's tensors with its own names and layouts. */
export type NamedTensors = Omit<WeightsSource, 'nameInFile'> & { close(): Promise<void> };

/** Tensors that a reader finds in files, of any network. */
export interface FileTensors extends NamedTensors {
  readonly format: WeightsFormat;
  /** Candidate tables of Keras's names, for tensors in Keras's layouts; omitted for PyTorch's layouts. */
  readonly tables?: readonly NameTable[];
  /** Returns the file's name for a tensor whose name the reader has shortened. */
  nameInFile?(name: string): string | undefined;
  /** What was chosen and ignored, in full sentences for users. */
  readonly notes?: readonly string[];
  /** Metadata of a file that was written here. */
  readonly described?: OwnDescription;
}

/** Weights with an architecture's names and layouts, from any file, with one tensor in memory at a time. */
export interface OpenedWeights extends WeightsSource {
  readonly format: WeightsFormat;
  /** The requested architecture, or the one that matches the names and shapes. */
  readonly architecture: Architecture;
  /** How the file's names were read and what was ignored, in full sentences for users. */
  readonly notes: readonly string[];
  /** Returns possible reasons why weights don't fit, and remedies, in full sentences. */
  hints(): string[];
  /** Metadata of a file that was written here. */
  readonly described: OwnDescription;
  /** Whether the file is a safetensors file with exactly these tensors and names. */
  readonly asIs: boolean;
  close(): Promise<void>;
}

/** The first and last bytes of a file, which determine its format. */
export interface FileEdges {
  /** At most the first 4096 bytes. */
  first: Buffer;
  /** At most the last 64 bytes. */
  last: Buffer;
}

/** A format and its detection. */
export interface FileFormat<Format> {
  readonly format: Format;
  recognizes(edges: FileEdges): boolean;
}

/** A format whose tensors are read one by one, by name. */
export interface WeightsReader extends FileFormat<WeightsFormat> {
  /** Whether `open` accepts a checkpoint of several files. */
  readonly severalFiles: boolean;
  /** Whether a checkpoint may consist of several files of the format, each with some of the tensors. */
  readonly sharded: boolean;
  /**
   * Opens files, of which at least one was recognised.
   * @throws WeightsFormatError saying what is wrong and where
   */
  open(files: readonly WeightsFile[], space: UnpackingSpace): Promise<FileTensors>;
}
