import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A proxy between the code under test and Postgres that can make the database unavailable. */
export class PostgresProxy {
  private readonly lines = new Set<Socket>();
  private state: 'there' | 'away' | 'frozen' = 'there';
  private losing?: () => void;

  private constructor(
    private readonly target: URL,
    private readonly server: Server,
  ) {
    server.on('connection', (client) => this.join(client));
  }

  static async open(url: string): Promise<PostgresProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new PostgresProxy(new URL(url), server);
  }

  get url(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String((this.server.address() as AddressInfo).port);
    return url.href;
  }

  /** Cuts all connections, and every new one until `comeBack`. */
  goAway(): void {
    this.state = 'away';
    for (const line of this.lines) line.destroy();
  }

  /**
   * Accepts connections but passes nothing on until `comeBack`, without notifying either end, as when packets are dropped.
   */
  freeze(): void {
    this.state = 'frozen';
    for (const line of this.lines) line.pause();
  }

  /** Passes everything on, including what was held back. */
  comeBack(): void {
    this.state = 'there';
    for (const line of this.lines) line.resume();
  }

  /** Lets the next COMMIT happen, but cuts the connection instead of passing on its answer. Resolves when that is done. */
  loseNextAnswer(): Promise<void> {
    return new Promise((lost) => (this.losing = lost));
  }

  async close(): Promise<void> {
    this.goAway();
    this.server.close();
    await once(this.server, 'close');
  }

  private join(client: Socket): void {
    if (this.state === 'away') return void client.destroy();
    const { hostname, port } = this.target;
    const database = connect(Number(port || 5432), hostname);
    let lost: (() => void) | undefined;
    client.on('data', (chunk) => {
      if (this.losing && chunk.includes('COMMIT')) [lost, this.losing] = [this.losing, undefined];
      database.write(chunk);
    });
    database.on('data', (chunk) => {
      if (!lost) return void client.write(chunk);
      client.destroy();
      lost();
    });
    for (const [line, other] of [
      [client, database],
      [database, client],
    ] as const) {
      this.lines.add(line);
      line.on('error', () => undefined);
      line.on('close', () => {
        this.lines.delete(line);
        other.destroy();
      });
      if (this.state === 'frozen') line.pause();
    }
  }
}
