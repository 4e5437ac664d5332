/**
 * Reads a row's blob; where the row was deleted in this moment, that is the reason given.
 * @param requireRow throws when the row is no more
 */
export async function readOwned<T>(
  read: () => Promise<T>,
  requireRow: () => Promise<unknown>,
): Promise<T> {
  try {
    return await read();
  } catch (error) {
    await requireRow();
    throw error;
  }
}
