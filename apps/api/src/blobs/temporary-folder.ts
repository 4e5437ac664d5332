import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

const foreignLeftoverMs = 24 * 60 * 60 * 1000;

/**
 * A folder of this process's own for half-written files. Its name tells whose it is, so that the
 * next start can sweep what a crashed process left without touching what a running one writes.
 */
export class TemporaryFolder {
  private readonly own = `${hostname()}-${process.pid}`;

  constructor(private readonly root: string) {}

  async newPath(): Promise<string> {
    const folder = join(this.root, this.own);
    await mkdir(folder, { recursive: true });
    return join(folder, randomUUID());
  }

  /** Removes this process's folder. */
  async remove(): Promise<void> {
    await rm(join(this.root, this.own), { recursive: true, force: true });
  }

  /**
   * Removes what dead processes left. Another machine's processes can't be asked: theirs go after a
   * day. A folder under this process's own name is from an earlier process with the same number.
   */
  async sweep(): Promise<void> {
    await mkdir(this.root, { recursive: true });
    for (const name of await readdir(this.root)) {
      if (await this.isLeftover(name)) {
        await rm(join(this.root, name), { recursive: true, force: true });
      }
    }
  }

  private async isLeftover(name: string): Promise<boolean> {
    const [, host, pid] = /^(.*)-(\d+)$/.exec(name) ?? [];
    if (host === hostname()) return name === this.own || !isAlive(Number(pid));
    const { mtimeMs } = await stat(join(this.root, name));
    return Date.now() - mtimeMs > foreignLeftoverMs;
  }
}

/** Whether this machine runs a process of this number. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
