import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunning, processName, silentMs } from './process-name';

const touchMs = 60_000;

/**
 * This process's folder for unfinished files. Its name identifies the process, so that others can sweep the folders of
 * dead processes without touching those of running ones.
 */
export class TemporaryFolder {
  private readonly own: string;
  private touching?: NodeJS.Timeout;

  constructor(private readonly root: string) {
    this.own = join(root, processName);
  }

  /** Creates the folder, and from then on touches it to show that the process is alive. */
  async prepare(): Promise<void> {
    await mkdir(this.own, { recursive: true });
    this.touching = setInterval(() => void touch(this.own), touchMs);
    this.touching.unref();
  }

  async newPath(): Promise<string> {
    await mkdir(this.own, { recursive: true });
    return join(this.own, randomUUID());
  }

  /** Removes this process's folder. */
  async remove(): Promise<void> {
    clearInterval(this.touching);
    await rm(this.own, { recursive: true, force: true });
  }

  /** Removes the folders of dead processes, and old ones of processes in other namespaces. */
  async sweep(): Promise<void> {
    for (const name of await readdir(this.root)) {
      const path = join(this.root, name);
      const running = isRunning(name);
      if (running ?? !(await isSilent(path))) continue;
      await rm(path, { recursive: true, force: true });
    }
  }
}

async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined);
}

async function isSilent(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  const paths = [folder, ...names.map((name) => join(folder, name))];
  const found = await Promise.all(paths.map((path) => stat(path).catch(() => undefined)));
  const newest = Math.max(...found.map((entry) => entry?.mtimeMs ?? 0));
  return newest > 0 && Date.now() - newest > silentMs;
}
