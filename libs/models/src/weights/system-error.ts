/** Returns whether the error comes from the operating system, such as ENOSPC or EIO, or from a guard. */
export function isOfSystem(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^E[A-Z0-9]+$/.test(String(error.code));
}
