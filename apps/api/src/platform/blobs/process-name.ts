import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * A running process touches its files more often than this, however busy it is. Decides where process ids mean nothing:
 * between machines and between containers.
 */
export const silentMs = 60 * 60 * 1000;

/** Identifies the namespace of this process's id: a container has its own, even if it shares its host name. */
const place = createHash('sha256')
  .update([hostname(), bootId(), numberSpace()].join('\n'))
  .digest('hex')
  .slice(0, 16);

/** Unique name of this process: the namespace of its id, the id, its start time, and a random part. */
export const processName = [
  place,
  process.pid,
  startOf(process.pid) ?? 0,
  randomBytes(4).toString('hex'),
].join('-');

/** Returns whether the process with this name is running, or undefined if it is in another namespace. */
export function isRunning(name: string): boolean | undefined {
  const [, where, pid, start] = /^([0-9a-f]{16})-(\d+)-(\d+)-[0-9a-f]{8}$/.exec(name) ?? [];
  if (where !== place) return undefined;
  return (startOf(Number(pid)) ?? 0) === Number(start) && isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Returns the start time of a process in ticks since boot, because process ids are reused. */
function startOf(pid: number): number | undefined {
  const text = readOr('', () => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The fields after the program's name, which may contain anything, even spaces and parentheses.
  const start = text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  return start === undefined ? undefined : Number(start);
}

function bootId(): string {
  return readOr('', () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'));
}

function numberSpace(): string {
  return readOr('', () => readlinkSync('/proc/self/ns/pid'));
}

/** Reads one of the files that only Linux has. */
function readOr(fallback: string, read: () => string): string {
  try {
    return read();
  } catch {
    return fallback;
  }
}
