/** When a process that ended by itself is started again. */

/** A process that ends this soon after its start counts as one more failure in a row. */
const shortLifeMs = 10_000;
const pausesMs = [300, 1000, 2000, 4000, 8000, 16_000, 30_000];

/** Counts the short lives in a row of one process: the more of them, the longer the pause before the next start. */
export class Restarts {
  #inARow = 0;

  /**
   * Notes that the process ended.
   * @param reason its signal or exit code, for a person
   * @param livedMs milliseconds since its start
   * @returns the pause before the next start in milliseconds, and a line that says all of it
   */
  after(reason, livedMs) {
    if (livedMs >= shortLifeMs) this.#inARow = 0;
    const pauseMs = pausesMs[Math.min(this.#inARow, pausesMs.length - 1)];
    this.#inARow += 1;
    const times = this.#inARow > 1 ? ` soon after its start, ${this.#inARow} times in a row` : '';
    const line = `ended unexpectedly (${reason})${times}; starting again in ${pauseMs / 1000} s`;
    return { pauseMs, line };
  }
}
