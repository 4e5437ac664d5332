import { move, transferableSymbol, valueSymbol } from 'piscina';
import { DomainError } from '../errors/domain-error';

/** Result of a function in a side thread. Errors lose their class on the way, so they are returned as data. */
export type Outcome<T> =
  { value: T } | { problem: Pick<DomainError, 'code' | 'message' | 'problems'> };

/** Minimum bytes of an array to transfer. Smaller ones are copied, as they may share a buffer. */
const leastMoved = 64 * 1024;

/**
 * Makes a function callable by `SideThread`.
 * @param viewsOf returns the arrays of the result whose memory is transferred rather than copied
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
