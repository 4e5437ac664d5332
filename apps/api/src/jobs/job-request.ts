import { z } from 'zod';
import { parseOrFail } from '../platform/errors/invalid-request';
import { readBenchmark } from '../comparison/benchmark-reader';
import { readExport } from '../registry/exports/export-reader';
import { readFineTune } from '../training/fine-tune-reader';
import type { JobLookups } from './job-lookups';
import type { JobType, NewJob } from './job-types';

/** The fields of a request, as they came. */
export type Fields = Record<string, unknown>;

type Reader<T extends JobType> = (fields: Fields, lookups: JobLookups) => Promise<NewJob<T>>;

/** The types of job that can be asked for as such. */
const readers = {
  'fine-tune': readFineTune,
  export: readExport,
  benchmark: readBenchmark,
} satisfies { [T in JobType]?: Reader<T> };

const types = Object.keys(readers) as (keyof typeof readers)[];
const bodySchema = z.looseObject({
  type: z.enum(types, `must be one of: ${types.join(', ')}`),
});

/**
 * Checks everything that a request for a job says, shape and content, before it answers.
 * @throws DomainError INVALID_REQUEST naming every problem
 */
export function readJobRequest(body: unknown, lookups: JobLookups): Promise<NewJob> {
  const fields = parseOrFail(bodySchema, body);
  return readers[fields.type](fields, lookups);
}
