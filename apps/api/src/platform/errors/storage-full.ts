/** Whether the operating system refused to write more: a full disk, a quota or a limit on files. */
export function isStorageFull(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(String(code));
}
