import { Client } from 'pg';

const reconnectMs = 2000;
/** Interval and time limit of connection attempts and checks; the other end may vanish silently. */
const tryMs = 5000;
const answerMs = 5000;

interface ListenerEvents {
  message(payload: string): void;
  /** Called when no further message can be missed; earlier ones may have been. */
  connected(): void;
  disconnected(reason: string): void;
}

/** Listens on a Postgres channel over a dedicated connection, reconnecting when it drops. */
export class Listener {
  private client?: Client;
  private connecting?: Promise<void>;
  private retry?: NodeJS.Timeout;
  private trial?: NodeJS.Timeout;
  private closed = false;

  /** @param channel an identifier, as written in SQL */
  constructor(
    private readonly connectionString: string,
    private readonly channel: string,
    private readonly events: ListenerEvents,
  ) {}

  /** Starts listening; later calls have no effect. */
  open(): void {
    if (this.client || this.connecting || this.closed) return;
    this.connecting = this.connect().finally(() => {
      this.connecting = undefined;
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.retry);
    await this.connecting;
    clearTimeout(this.trial);
    const { client } = this;
    this.client = undefined;
    if (client) drop(client);
  }

  private async connect(): Promise<void> {
    const client = new Client({
      connectionString: this.connectionString,
      connectionTimeoutMillis: answerMs,
      query_timeout: answerMs,
    });
    client.on('notification', ({ payload }) => payload && this.events.message(payload));
    client.on('error', ({ message }) => this.lose(client, message));
    client.on('end', () => this.lose(client, 'the connection ended'));
    try {
      await client.connect();
      await client.query(`LISTEN ${this.channel}`);
      if (this.closed) return drop(client);
      this.client = client;
      this.events.connected();
      this.tryLater(client);
    } catch (error) {
      drop(client);
      this.events.disconnected((error as Error).message);
      this.reconnectLater();
    }
  }

  /** Checks the connection later, because a half-open one looks like one without messages. */
  private tryLater(client: Client): void {
    this.trial = setTimeout(() => {
      client.query('SELECT 1').then(
        () => this.client === client && this.tryLater(client),
        ({ message }: Error) => this.lose(client, message),
      );
    }, tryMs).unref();
  }

  private lose(client: Client, reason: string): void {
    if (this.client !== client) return;
    this.client = undefined;
    clearTimeout(this.trial);
    drop(client);
    if (!this.closed) this.events.disconnected(reason);
    this.reconnectLater();
  }

  private reconnectLater(): void {
    if (this.closed) return;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.open(), reconnectMs).unref();
  }
}

/** Closes the connection immediately: a graceful end would wait for a server that may be gone. */
function drop(client: Client): void {
  client.connection.stream.destroy();
}
