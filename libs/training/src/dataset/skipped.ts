/** A file of the archive that was left out. */
export interface SkippedEntry {
  path: string;
  /** reason shown to the uploader beside the path */
  reason: string;
  /** completes "left out: 3 …"; the same for all files left out for the same reason */
  kind: string;
}

/** Returns the number of files left out per reason, the most frequent first: "8 in HEIC, 2 broken or cut off". */
export function countByKind(skipped: readonly SkippedEntry[]): string {
  const counts = new Map<string, number>();
  for (const { kind } of skipped) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ');
}
