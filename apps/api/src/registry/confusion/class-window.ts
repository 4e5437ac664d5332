import { z } from 'zod';

/** Classes that a heat map may have; more are not readable. */
export const windowLimit = 64;

/** Reads indices and ranges like `3,17,40-59`; returns them sorted, each once. */
export function classWindow(text: string, context: z.RefinementCtx): number[] {
  const ranges = text.split(',').map((word) => /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(word.trim()));
  const wanted = new Set<number>();
  for (const range of ranges) {
    const first = Number(range?.[1] ?? NaN);
    const last = Number(range?.[2] ?? first);
    if (!(first <= last)) return refuse(context, 'must be indices and ranges like 3,17,40-59');
    for (let index = first; index <= last && wanted.size <= windowLimit; index++) wanted.add(index);
  }
  if (wanted.size > windowLimit) return refuse(context, `must name at most ${windowLimit} classes`);
  return [...wanted].sort((a, b) => a - b);
}

function refuse(context: z.RefinementCtx, message: string): never {
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
}
