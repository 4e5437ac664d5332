export interface Confused {
  truth: number;
  predicted: number;
  count: number;
  /** Of the pictures of the true class, in [0, 1]. */
  share: number;
}

export const rowTotal = (row: number[]) => row.reduce((sum, cell) => sum + cell, 0);

/** The pairs of classes that were taken for each other most often. */
export function mostConfused(confusion: number[][], limit: number): Confused[] {
  return confusion
    .flatMap((row, truth) => {
      const total = rowTotal(row);
      return row.map((count, predicted) => ({ truth, predicted, count, share: count / total }));
    })
    .filter(({ truth, predicted, count }) => truth !== predicted && count > 0)
    .sort((a, b) => b.count - a.count || b.share - a.share)
    .slice(0, limit);
}
