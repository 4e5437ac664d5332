import type { Scope } from '@/api/types';

/** Permissions of each scope, from the weakest to the strongest. */
export const scopeTexts: Record<Scope, string> = {
  predict: 'Predictions only',
  read: 'Read everything except keys, sessions and the audit log; metrics and documentation',
  train: 'Predict, read, and change datasets, models and jobs',
  admin: 'Everything, including keys',
};

export const allScopes = Object.keys(scopeTexts) as Scope[];
