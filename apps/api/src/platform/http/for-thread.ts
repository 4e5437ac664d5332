import { move, transferableSymbol, valueSymbol } from 'piscina';
import { DomainError } from '../errors/domain-error';

/** What a function of a side thread came to: errors lose their class on the way. */
export type Outcome<T> =
  { value: T } | { problem: Pick<DomainError, 'code' | 'message' | 'problems'> };

/** Smaller arrays may lie in memory that the thread shares among them; they are copied. */
const leastMoved = 64 * 1024;

/**
 * Makes a function callable by `SideThread`.
 * @param viewsOf the arrays of its result whose memory is moved rather than copied
 */
export function forThread<A, T>(
  work: (argument: A) => T,
  viewsOf: (result: T) => ArrayBufferView[],
) {
  return (argument: A): unknown => {
    try {
      const value = work(argument);
      const large = viewsOf(value).filter(({ buffer }) => buffer.byteLength >= leastMoved);
      const outcome: Outcome<T> = { value };
      return move({
        [transferableSymbol]: [...new Set(large.map(({ buffer }) => buffer))],
        [valueSymbol]: outcome,
      } as never);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      const { code, message, problems } = error;
      return { problem: { code, message, problems } } satisfies Outcome<T>;
    }
  };
}
