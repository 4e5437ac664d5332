/**
 * Called before bytes are written to disk. An error ends the writing without leaving a file; it has the code ENOSPC of a
 * full disk, so that it is not mistaken for a fault of the data.
 */
export type WriteGuard = (bytes: number) => Promise<void>;

/** Passes a stream through until the guard throws. */
export async function* guardedBytes(
  source: AsyncIterable<Uint8Array>,
  guard: WriteGuard | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    await guard?.(chunk.length);
    yield chunk;
  }
}
