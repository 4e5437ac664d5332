import type { DatasetSummary, JobSummary, Model } from '@/api/types';
import { isFinished } from '@/features/jobs/job-progress';
import { percent, plural } from '@/ui/format';

export interface Step {
  title: string;
  status: 'todo' | 'next' | 'active' | 'done';
  text: string;
  action: { label: string; href: string };
}

/** Returns a newcomer's three steps, each with its status and the next action. */
export function steps(state: {
  datasets: DatasetSummary[];
  moreDatasets: boolean;
  jobs: JobSummary[];
  models: Model[];
  moreModels: boolean;
}): Step[] {
  const { datasets, models } = state;
  const served = models.filter(({ latestVersion }) => latestVersion !== null);
  const active = state.jobs.find((job) => job.type === 'fine-tune' && !isFinished(job.state));
  const images = datasets.reduce((sum, dataset) => sum + dataset.images, 0);
  const hasImages = datasets.length > 0;
  return [
    {
      title: 'Images',
      status: hasImages ? 'done' : 'next',
      text: hasImages
        ? `${moreThan(state.moreDatasets)}${plural(images, 'image')} in ${plural(datasets.length, 'dataset')}.`
        : 'Upload a zip with one folder per class, or use a sample.',
      action: { label: hasImages ? 'Open datasets' : 'Add images', href: '/datasets' },
    },
    active
      ? {
          title: 'Fine-tune',
          status: 'active',
          text: `${active.name} is ${active.state}, ${percent(active.progress)} done.`,
          action: { label: 'Watch it learn', href: `/jobs/${active.id}` },
        }
      : {
          title: 'Fine-tune',
          status: served.length > 0 ? 'done' : hasImages ? 'next' : 'todo',
          text:
            served.length > 0
              ? `${moreThan(state.moreModels)}${plural(served.length, 'model')} ready.`
              : 'Choose an architecture and teach it your classes.',
          action: { label: 'New fine-tune', href: '/jobs/new' },
        },
    {
      title: 'Try',
      status: served.length > 0 ? 'next' : 'todo',
      text:
        served.length > 0
          ? 'Drop an image on a model, or copy the call for your own program.'
          : 'A finished fine-tune is served over HTTP right away.',
      action: served[0]
        ? { label: `Try ${served[0].name}`, href: `/models/${served[0].name}/try` }
        : { label: 'Open models', href: '/models' },
    },
  ];
}

/** Only the first page of each list is counted. */
const moreThan = (more: boolean) => (more ? 'More than ' : '');
