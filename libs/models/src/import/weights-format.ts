import type { Architecture } from '../architectures/architecture';
import type { WeightsFormat, WeightsSource } from '../weights/weights-source';
import type { WriteGuard } from '../weights/write-guard';
import type { NameTable } from './names/name-table';
import type { OwnDescription } from './own-description';

export interface WeightsFile {
  /** As the user calls it: tells the files of a checkpoint apart, never the format. */
  name: string;
  path: string;
}

export interface OpenOptions {
  /** Left out: the one whose names and shapes the weights have. */
  architecture?: Architecture;
  /** What the weights have for a classifier is passed over. */
  replaceHead?: boolean;
  /** An existing folder for what must be unpacked; the caller removes it. */
  temporaryFolder: string;
  guard?: WriteGuard;
}

/** Where files are unpacked. */
export type UnpackingSpace = Pick<OpenOptions, 'temporaryFolder' | 'guard'>;

/** A file's tensors under the names and in the layouts that it has them in. */
export type NamedTensors = Omit<WeightsSource, 'nameInFile'> & { close(): Promise<void> };

/** What a reader finds in files, whatever network it is of. */
export interface FileTensors extends NamedTensors {
  readonly format: WeightsFormat;
  /** How Keras code may have named and laid out the tensors; left out: they are in PyTorch's layouts. */
  readonly tables?: readonly NameTable[];
  /** What the file calls a tensor, where the reader has shortened its name. */
  nameInFile?(name: string): string | undefined;
  /** What was chosen and left out, for people: whole sentences. */
  readonly notes?: readonly string[];
  /** What the file says of itself where it was written here. */
  readonly described?: OwnDescription;
}

/** Weights in an architecture's own names and layouts, whatever file they come from; one tensor in memory at a time. */
export interface OpenedWeights extends WeightsSource {
  readonly format: WeightsFormat;
  /** The one that was asked for, or whose names and shapes the weights have. */
  readonly architecture: Architecture;
  /** How the file's names were read, and what of it was left out, for people: whole sentences. */
  readonly notes: readonly string[];
  /** What may be wrong with weights that don't fit, and what to do about it: whole sentences. */
  hints(): string[];
  /** What the file says of itself where it was written here. */
  readonly described: OwnDescription;
  /** Whether the file is a safetensors file of just these tensors under just these names. */
  readonly asIs: boolean;
  close(): Promise<void>;
}

/** The ends of a file, which tell its format. */
export interface FileEdges {
  /** At most the first 4096 bytes. */
  first: Buffer;
  /** At most the last 64 bytes. */
  last: Buffer;
}

/** One format, and how to tell it. */
export interface FileFormat<Format> {
  readonly format: Format;
  recognizes(edges: FileEdges): boolean;
}

/** A format whose tensors are read one by one, under their names. */
export interface WeightsReader extends FileFormat<WeightsFormat> {
  /** Whether `open` takes a checkpoint that consists of several files. */
  readonly severalFiles: boolean;
  /** Whether a checkpoint may consist of several files of the format, each with some of the tensors. */
  readonly sharded: boolean;
  /**
   * Of `files`, at least one was recognized.
   * @throws WeightsFormatError saying what is wrong and where
   */
  open(files: readonly WeightsFile[], space: UnpackingSpace): Promise<FileTensors>;
}
