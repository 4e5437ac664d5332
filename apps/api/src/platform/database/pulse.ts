import { Client } from 'pg';

/** Duration of a statement after which to check that the database responds. */
const silentMs = 2000;
/** Time limit for a new connection and its first answer. */
const answerMs = 2500;
const tickMs = 100;

/**
 * Distinguishes a database that hangs, as behind a network that drops packets, from one that runs a slow statement: only
 * the latter answers on another connection.
 */
export class Pulse {
  private asked?: Promise<boolean>;

  constructor(private readonly databaseUrl: string) {}

  /**
   * Watches a statement.
   * @param giveUp called once, if the database no longer answers
   */
  async watch<T>(statement: Promise<T>, giveUp: () => Promise<void>): Promise<T> {
    let stop: () => void;
    const watchOn = () => {
      stop = afterTurning(silentMs, async () => {
        const done = stop;
        const answers = await this.answers();
        // The statement may have ended meanwhile.
        if (done !== stop) return;
        if (answers) watchOn();
        // If connecting failed, there is no connection to drop.
        else await giveUp().catch(() => undefined);
      });
    };
    watchOn();
    try {
      return await statement;
    } finally {
      stop!();
      stop = () => undefined;
    }
  }

  /** Returns whether the database answers; all waiting statements share one check. */
  private answers(): Promise<boolean> {
    this.asked ??= ask(this.databaseUrl).finally(() => (this.asked = undefined));
    return this.asked;
  }
}

async function ask(connectionString: string): Promise<boolean> {
  const client = new Client({ connectionString });
  client.on('error', () => undefined);
  const asked = client
    .connect()
    .then(() => client.query('SELECT 1'))
    .then(
      () => true,
      // A database that reports an error responds; the statement will fail likewise.
      () => true,
    );
  let stop: (() => void) | undefined;
  const silent = new Promise<boolean>((done) => (stop = afterTurning(answerMs, () => done(false))));
  const answers = await Promise.race([asked, silent]);
  stop?.();
  if (answers) void client.end().catch(() => undefined);
  else client.connection.stream.destroy();
  return answers;
}

/**
 * Calls back after the event loop has been running for this time. Time in which it is blocked does not count, as no answer
 * can be read then.
 * @returns a function that cancels the call
 */
function afterTurning(ms: number, call: () => void): () => void {
  let left = ms / tickMs;
  const timer = setInterval(() => {
    if (--left > 0) return;
    clearInterval(timer);
    call();
  }, tickMs).unref();
  return () => clearInterval(timer);
}
