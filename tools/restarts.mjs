/** Decides when to restart a process that ended unexpectedly. */

/** A process that ends sooner after its start counts as another failure in a row. */
const shortLifeMs = 10_000;
const pausesMs = [300, 1000, 2000, 4000, 8000, 16_000, 30_000];

/** Counts consecutive early ends of a process; each makes the pause before the next start longer. */
export class Restarts {
  #inARow = 0;

  /**
   * Records that the process ended.
   * @param reason its signal or exit code, for users
   * @param livedMs milliseconds since its start
   * @returns the pause before the next start in milliseconds, and a line for the log
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
