/** Returns whether the operating system refused something, such as ENOSPC or EIO, or a guard did in its place. */
export function isOfSystem(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^E[A-Z0-9]+$/.test(String(error.code));
}
