import { open, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunning, processName } from '../../platform/blobs/process-name';

const staleMs = 24 * 60 * 60 * 1000;
/** No download waits this long between two pieces, and no import takes this long once all have come. */
const idleMs = 15 * 60 * 1000;

/**
 * Downloads in progress, `downloads/<key>.<process's name>`. A file outlives its process; whoever
 * downloads the same next takes it over, unless its process is alive and at work on it.
 */
export class PartialFiles {
  /** @param owner the process's name */
  constructor(
    private readonly folder: string,
    private readonly owner = processName,
  ) {}

  /**
   * @param key 64 hexadecimal digits, which stand for the very bytes of the file
   * @returns path of the file that is this process's from now on; empty where nothing had come yet
   */
  async take(key: string): Promise<string> {
    const own = join(this.folder, `${key}.${this.owner}`);
    await this.sweep();
    for (let free = await this.findFree(key); free; free = await this.findFree(key)) {
      if (free === own || (await taken(free, own))) break;
    }
    await (await open(own, 'a')).close();
    return own;
  }

  /** Removes what nobody came back for. */
  async sweep(): Promise<void> {
    for (const { path, ageMs } of await this.list()) {
      if (ageMs > staleMs) await rm(path, { force: true });
    }
  }

  /** The largest file of this key that may be taken. */
  private async findFree(key: string): Promise<string | undefined> {
    const free = (await this.list()).filter(
      ({ name, ageMs }) =>
        name.startsWith(`${key}.`) && this.isFree(name.slice(key.length + 1), ageMs),
    );
    free.sort((a, b) => b.size - a.size);
    return free[0]?.path;
  }

  private async list() {
    await mkdir(this.folder, { recursive: true });
    const files: { name: string; path: string; size: number; ageMs: number }[] = [];
    for (const name of await readdir(this.folder)) {
      const path = join(this.folder, name);
      const found = await stat(path).catch(() => undefined);
      if (found) files.push({ name, path, size: found.size, ageMs: Date.now() - found.mtimeMs });
    }
    return files;
  }

  private isFree(owner: string, ageMs: number): boolean {
    return owner === this.owner || ageMs > idleMs || isRunning(owner) === false;
  }
}

/** Moves a file to a new name; false where another process was faster. */
async function taken(free: string, own: string): Promise<boolean> {
  try {
    await rename(free, own);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return false;
  }
}
