/**
 * Linear warm-up to the peak, then half a cosine down to 0.
 * SGDR, arXiv:1608.03983, without restarts.
 * @param step 0-based
 * @returns the learning rate of that step; never 0 before the end
 */
export function learningRateAt(
  step: number,
  { peak, warmupSteps, steps }: { peak: number; warmupSteps: number; steps: number },
): number {
  if (step < warmupSteps) return (peak * (step + 1)) / warmupSteps;
  const progress = (step - warmupSteps) / (steps - warmupSteps);
  return peak * 0.5 * (1 + Math.cos(Math.PI * progress));
}
