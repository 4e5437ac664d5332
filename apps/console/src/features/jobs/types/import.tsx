import { OpenModel } from './open-model';
import type { TypeView } from './type-view';

export const importView: TypeView<'import'> = {
  subject: (job) => job.hub ?? job.checkpoint ?? '',
  cancelling:
    'It stops shortly. What it has downloaded is kept for a day, so that another import resumes there.',
  Result: ({ result }) => <OpenModel model={result.model} />,
};
