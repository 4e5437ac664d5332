import { Client } from 'pg';

/** A statement that takes longer makes one ask whether the database answers at all. */
const silentMs = 2000;
/** For a new connection and its first answer, where the database is there. */
const answerMs = 2500;
const tickMs = 100;

/**
 * Tells a database that hangs, as behind a network that drops packets, from one that works on a slow statement: neither says
 * anything, but only the latter answers on another connection.
 */
export class Pulse {
  private asked?: Promise<boolean>;

  constructor(private readonly databaseUrl: string) {}

  /**
   * Watches over a statement.
   * @param giveUp is called once, where the database does not answer any more
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
        // Without a connection there is nothing to give up: it is being waited for.
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

  /** One question for all statements that wait. */
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
      // It says that it is away, as it will to the statement.
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
 * Calls once the event loop has turned for so long. While it is blocked no answer can be read, so that time does not count.
 * @returns what ends the waiting
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
