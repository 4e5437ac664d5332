import { z } from 'zod';
import { progressUnits } from './work-status';

/** Where a job is that goes through phases. */
export const workSchema = z.object({
  phase: z.string().nullable().describe('What is being done; null before the start'),
  done: z.number().describe('Of the phase'),
  total: z.number().nullable().describe('Of the phase; null where nobody knows'),
  unit: z.enum(progressUnits).describe('What done and total count'),
});
