import type { Job } from './job-types';

/** A job in the log. */
export function labelOf({ name, id }: Pick<Job, 'name' | 'id'>): string {
  return `${name} (job ${id.slice(0, 8)})`;
}
