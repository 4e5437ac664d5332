import { Client } from 'pg';

const reconnectMs = 2000;

export interface ListenerEvents {
  message(payload: string): void;
  /** From now on nothing is missed; what was told before may have been. */
  connected(): void;
  disconnected(reason: string): void;
}

/** Hears what is told on one of Postgres's channels, on a connection of its own that is opened anew when it is lost. */
export class Listener {
  private client?: Client;
  private connecting?: Promise<void>;
  private retry?: NodeJS.Timeout;
  private closed = false;

  /** @param channel an identifier, as it stands in SQL */
  constructor(
    private readonly connectionString: string,
    private readonly channel: string,
    private readonly events: ListenerEvents,
  ) {}

  /** Begins to listen; once is enough. */
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
    await this.client?.end();
  }

  private async connect(): Promise<void> {
    const client = new Client({ connectionString: this.connectionString, keepAlive: true });
    client.on('notification', ({ payload }) => payload && this.events.message(payload));
    client.on('error', ({ message }) => this.lose(client, message));
    client.on('end', () => this.lose(client, 'the connection ended'));
    try {
      await client.connect();
      await client.query(`LISTEN ${this.channel}`);
      this.client = client;
      this.events.connected();
    } catch (error) {
      this.events.disconnected((error as Error).message);
      client.end().catch(() => undefined);
      this.reconnectLater();
    }
  }

  private lose(client: Client, reason: string): void {
    if (this.client !== client) return;
    this.client = undefined;
    if (!this.closed) this.events.disconnected(reason);
    this.reconnectLater();
  }

  private reconnectLater(): void {
    if (this.closed) return;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.open(), reconnectMs).unref();
  }
}
