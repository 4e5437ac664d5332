import { z } from 'zod';
import { jobStates } from './job-state';

export const versionReferenceSchema = z.object({ model: z.string(), version: z.int() });

/** What every job shows, whatever its type. */
export const lifecycleSchema = z.object({
  id: z.uuid(),
  state: z.enum(jobStates),
  name: z
    .string()
    .describe('The model that the job makes or is about, or how many versions it is about'),
  progress: z.number().min(0).max(1),
  etaSeconds: z.number().nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  attempts: z.int().describe('How often a worker took it up'),
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
});

export const lifecycleExample = {
  id: '7c1e0f1e-4d0f-4b61-9c39-5f7f5f5b8a10',
  state: 'running',
  progress: 0.3,
  etaSeconds: 75.5,
  error: null,
  attempts: 1,
  createdAt: '2026-01-01T12:00:00.000Z',
  startedAt: '2026-01-01T12:00:01.000Z',
  finishedAt: null,
};
