import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from './product';

/** A redis-server of the run's own, on which the product keeps its queue. It keeps nothing, so that a kill loses all messages. */
export class Redis {
  private server?: ChildProcess;

  private constructor(
    private readonly folder: string,
    private readonly port: number,
  ) {}

  /** @throws Error where there is no redis-server on this machine */
  static async create(folder: string): Promise<Redis> {
    if (spawnSync('redis-server', ['--version']).status !== 0) {
      throw new Error('--redis needs redis-server: install Debian’s package of that name');
    }
    const redis = new Redis(folder, await freePort());
    await redis.start();
    return redis;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Undefined while there is none. */
  get pid(): number | undefined {
    const alive = this.server?.exitCode === null && this.server.signalCode === null;
    return alive ? this.server!.pid : undefined;
  }

  async start(): Promise<void> {
    const address = ['--bind', '127.0.0.1', '--port', String(this.port)];
    const args = [...address, '--dir', this.folder, '--save', ''];
    const server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.server = server;
    await new Promise<void>((ready, fail) => {
      let output = '';
      server.stdout.on('data', (chunk: Buffer) => {
        output = (output + chunk.toString()).slice(-4000);
        if (/ready to accept connections/i.test(output)) ready();
      });
      server.once('close', () => fail(new Error(`redis-server ended:\n${output}`)));
    });
  }

  async stop(): Promise<void> {
    if (this.pid === undefined) return;
    const closed = once(this.server!, 'close');
    this.server!.kill('SIGTERM');
    await closed;
  }
}
