import type { Scope } from '@/api/types';

/** What a key of each scope may do, from the least to the most. */
export const scopeTexts: Record<Scope, string> = {
  predict: 'Predictions only',
  read: 'Read everything except keys, sessions and the audit log; metrics and documentation',
  train: 'Predict, read, and change datasets, models and jobs',
  admin: 'Everything, including keys',
};

export const allScopes = Object.keys(scopeTexts) as Scope[];
