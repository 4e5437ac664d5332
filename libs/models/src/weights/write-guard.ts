/**
 * Asked before bytes are written to disk; what it throws ends the writing, and nothing is left of it. Its error has the code
 * of a full disk, ENOSPC, so that it is not taken for a fault of what is read.
 */
export type WriteGuard = (bytes: number) => Promise<void>;

/** Passes a stream on as far as the guard allows. */
export async function* guardedBytes(
  source: AsyncIterable<Uint8Array>,
  guard: WriteGuard | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    await guard?.(chunk.length);
    yield chunk;
  }
}
