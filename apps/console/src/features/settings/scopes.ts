import type { Scope } from '@/api/types';

/** What a key of each scope may do, in the order of what it allows. */
export const scopeTexts: Record<Scope, string> = {
  predict: 'Predictions, and nothing else',
  read: 'See everything but keys, sessions and the audit; metrics and documentation',
  train: 'Also predict, read, and change datasets, models and jobs',
  admin: 'Everything, keys too',
};

export const allScopes = Object.keys(scopeTexts) as Scope[];
