/** The product as a person runs it by the README, on a machine of its own. */
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Machine } from './machine';

const startTimeoutMs = 40 * 60_000;
const ports = { COATRACK_API_PORT: '4181', COATRACK_CONSOLE_PORT: '4180' };
const api = `http://127.0.0.1:${ports.COATRACK_API_PORT}/api/v1`;

export class Product {
  output = '';
  private npm?: ChildProcess;

  constructor(
    private readonly machine: Machine,
    private readonly user: string,
    private readonly folder: string,
  ) {}

  /** Runs `npm start`; done when that says that everything runs. */
  async start(): Promise<void> {
    this.output = '';
    const npm = this.machine.spawn(this.user, this.folder, ports, ['npm', 'start']);
    this.npm = npm;
    await new Promise<void>((ready, fail) => {
      const complain = (reason: string) => fail(new Error(`${reason}:\n${this.output}`));
      const timer = setTimeout(() => complain('It does not start'), startTimeoutMs);
      const read = (chunk: Buffer) => {
        this.output += chunk.toString();
        if (!this.output.includes('Coatrack is running')) return;
        clearTimeout(timer);
        ready();
      };
      npm.stdout!.on('data', read);
      npm.stderr!.on('data', read);
      npm.once('exit', (code) => complain(`npm start ended with ${code}`));
    });
  }

  /** Sends npm a signal; done when nothing of the product runs any more. */
  async stop(signal: NodeJS.Signals): Promise<void> {
    this.npm!.kill(signal);
    for (let left = 600; this.machine.processes().length > 0; left -= 1) {
      if (left === 0) {
        const commands = this.machine.processes().map(({ command }) => command);
        throw new Error(`After ${signal} these run on:\n${commands.join('\n')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async request<T>(path: string, init?: RequestInit): Promise<T> {
    const key = readFileSync(this.machine.path(`${this.folder}/data/admin-key`), 'utf8').trim();
    const headers = { ...init?.headers, Authorization: `Bearer ${key}` };
    const answer = await fetch(`${api}${path}`, { ...init, headers });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return JSON.parse(text) as T;
  }

  post<T>(path: string, body?: object): Promise<T> {
    const headers = { 'Content-Type': 'application/json' };
    return this.request<T>(path, { method: 'POST', headers, body: body && JSON.stringify(body) });
  }

  /** Fine-tunes for an epoch on the sample, as the README does. */
  async fineTune(): Promise<void> {
    await this.post('/samples/emoji');
    const { id } = await this.post<{ id: string }>('/jobs', {
      type: 'fine-tune',
      architecture: 'efficientnetv2_b0',
      dataset: 'emoji',
      name: 'my-model',
      recipe: { imageSize: 32, epochs: 1 },
    });
    for (;;) {
      const job = await this.request<{ state: string }>(`/jobs/${id}`);
      if (job.state === 'succeeded') return;
      if (!['queued', 'running'].includes(job.state)) throw new Error(JSON.stringify(job));
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }

  /** Asks the fine-tuned model about an image. @returns its most probable label */
  async predict(): Promise<string> {
    const body = new Uint8Array(readFileSync(this.machine.path(`${this.folder}/docs/console.png`)));
    const headers = { 'Content-Type': 'image/png' };
    const { results } = await this.request<{
      results: { predictions: { label: string }[] }[];
    }>('/models/my-model/predict', { method: 'POST', headers, body });
    return results[0]!.predictions[0]!.label;
  }
}
