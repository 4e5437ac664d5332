import type { Job, JobSummary } from '@/api/types';

/** Returns what a job is about, next to its model. */
export function jobSubject(job: Job | JobSummary): string {
  switch (job.type) {
    case 'fine-tune':
      return job.dataset.name;
    case 'export':
      return `version ${job.version.version} as ${job.format}, ${job.precision}`;
    case 'import':
      return job.hub ?? job.checkpoint ?? '';
    case 'benchmark':
      return job.versions.map(({ model, version }) => `${model}:${version}`).join(', ');
  }
}
