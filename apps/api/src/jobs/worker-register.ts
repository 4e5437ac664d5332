import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunning, processName, silentMs } from '../platform/blobs/process-name';

/**
 * The workers on a data folder, each a file whose name is its process's and its own, so that the next one finds out which of
 * them have died. A worker that can't be seen from here, in another container or before the machine's start, is not known to be dead.
 */
export class WorkerRegister {
  /** Of this worker. */
  readonly id = randomUUID();

  constructor(private readonly folder: string) {}

  /** @throws the file system's error */
  async enter(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await writeFile(this.path(processName, this.id), '');
  }

  async leave(): Promise<void> {
    await rm(this.path(processName, this.id), { force: true });
  }

  /** Returns the ids of workers that have died since `forget` was last called. */
  async dead(): Promise<string[]> {
    return (await this.entries())
      .filter(({ process }) => isRunning(process) === false)
      .map(({ id }) => id);
  }

  /** Strikes out dead workers, and entries of those that can't be seen from here once they are old. */
  async forget(ids: readonly string[]): Promise<void> {
    for (const { id, process } of await this.entries()) {
      const path = this.path(process, id);
      const old = isRunning(process) === undefined && (await ageMs(path)) > silentMs;
      if (old || ids.includes(id)) await rm(path, { force: true });
    }
  }

  private async entries(): Promise<{ process: string; id: string }[]> {
    return (await readdir(this.folder)).flatMap((name) => {
      const [process, id] = name.split('.');
      return process && id ? { process, id } : [];
    });
  }

  private path(process: string, id: string): string {
    return join(this.folder, `${process}.${id}`);
  }
}

async function ageMs(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  return found ? Date.now() - found.mtimeMs : 0;
}
