import { readFile } from 'node:fs/promises';
import { freemem, totalmem } from 'node:os';

const cgroups = '/sys/fs/cgroup';

/** Returns the memory of this machine, or of the container that limits this process, in bytes. */
export function totalMemory(): number {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : totalmem();
}

/** Returns the bytes available to this process: those of the machine or its container, minus what others use. */
export async function availableMemory(): Promise<number> {
  const own = process.memoryUsage.rss();
  const machine = freemem() + own;
  const limit = totalMemory();
  if (limit === totalmem()) return machine;
  return Math.min(machine, limit - Math.max(0, (await usedInContainer()) - own));
}

/** Returns the bytes in use without cached files, or 0 if they cannot be read, as with cgroups version 1. */
async function usedInContainer(): Promise<number> {
  try {
    const group = /^0::(.*)$/m.exec(await readFile('/proc/self/cgroup', 'utf8'))![1]!;
    const [used, details] = await Promise.all(
      ['memory.current', 'memory.stat'].map((file) =>
        readFile(`${cgroups}${group === '/' ? '' : group}/${file}`, 'utf8'),
      ),
    );
    return Number(used) - Number(/^file (\d+)$/m.exec(details!)![1]);
  } catch {
    return 0;
  }
}
