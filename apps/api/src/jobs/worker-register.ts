import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunning, processName, silentMs } from '../platform/blobs/process-name';

/**
 * Registers the workers on a data folder, each as a file named after its process and itself, so that other workers can find
 * out which have died. Workers in other containers, or from before the machine's last start, are not known to be dead.
 */
export class WorkerRegister {
  /** Id of this worker. */
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

  /** Removes the entries of dead workers, and old entries of workers in other namespaces. */
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
