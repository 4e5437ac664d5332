import { DatabaseAwayError } from './database-away';

/** How long to wait for an answer that can be done without. */
const patienceMs = 1500;

/**
 * Waits for an answer of the database where the caller can do without: a database that hangs gives neither answers nor errors.
 * @throws DatabaseAwayError when it does not come in time; it may come later and is not used
 */
export async function inTime<T>(answer: Promise<T>, ms = patienceMs): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new Error(`no answer within ${ms} ms`);
    timer = setTimeout(() => reject(new DatabaseAwayError(error)), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
