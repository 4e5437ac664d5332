import { repeatedWork } from '../../jobs/work-status';
import type { JobKind } from '../../jobs/job-kinds';
import type { JobOf } from '../../jobs/job-types';

/** Where an import takes its weights from: a repository of the Hub, or the catalogue. */
export type ImportOrigin =
  { hub: string; revision: string; checkpoint: null } | { hub: null; checkpoint: string };

export type ImportRequest = ImportOrigin & {
  /** Null: the one that the origin names. */
  architecture: string | null;
  /** Null: the origin's, or those that are published for so many classes. */
  labels: string[] | null;
  /** Starts a new classifier for the labels. */
  replaceHead: boolean;
  licence: string | null;
  intendedUse: string | null;
  /** Of the model; null: it keeps the one it has. */
  description: string | null;
};

export type ImportJob = JobOf<'import'>;

/** What comes again after a worker's death is the conversion alone: downloads go on where they were. */
export const importKind: JobKind<'import'> = { noun: 'import', ...repeatedWork };
