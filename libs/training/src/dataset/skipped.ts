/** A file of the archive that was left out. */
export interface SkippedEntry {
  path: string;
  /** why, as the uploader reads it beside the path */
  reason: string;
  /** completes "left out: 3 …"; alike for all files that were left out for the same reason */
  kind: string;
}

/** Returns how many were left out for which reason, the most frequent first: "8 in HEIC, 2 broken or cut off". */
export function countByKind(skipped: readonly SkippedEntry[]): string {
  const counts = new Map<string, number>();
  for (const { kind } of skipped) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ');
}
