import { fail } from '../../weights/fail';
import { PickleMachine, type PickleValue } from './pickle-machine';
import { operations } from './pickle-operations';

/** Maximum number of operations, each of which creates at most one object; a thousand tensors take thirty thousand. */
const maxOperations = 2 ** 20;

/**
 * Reads a pickle of protocol 2 to 5 and only calls functions of the host. Memory is bounded by the size of the pickle and
 * the number of operations; nothing recurses.
 * https://github.com/python/cpython/blob/3.12/Lib/pickletools.py
 */
export class Unpickler extends PickleMachine {
  /** @throws RangeError saying what is wrong and at which byte */
  load(): PickleValue {
    let operation = this.position;
    try {
      if (this.byte() !== 0x80) fail('it is not a pickle of protocol 2 or later');
      const protocol = this.byte();
      if (protocol < 2 || protocol > 5)
        fail(`it is a pickle of protocol ${protocol}; only 2 to 5 are supported`);
      for (let count = 0; !this.ended; count++) {
        if (count === maxOperations) fail(`its pickle has more than ${maxOperations} operations`);
        operation = this.position;
        const code = this.byte();
        const run = operations.get(code);
        if (!run) fail(`its pickle has the operation ${name(code)}, which is not supported`);
        run(this);
      }
      return this.pop();
    } catch (error) {
      throw error instanceof RangeError
        ? new RangeError(`${error.message} (at byte ${operation} of the pickle)`)
        : error;
    }
  }
}

function name(code: number): string {
  return `0x${code.toString(16).padStart(2, '0')}`;
}
