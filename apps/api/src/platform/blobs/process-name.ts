import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/**
 * No living process leaves its files untouched for this long, whatever keeps it busy. It decides where process numbers
 * don't count: between machines, and between containers.
 */
export const silentMs = 60 * 60 * 1000;

/** Identifies the space of this process's number: a container has its own, even if it shares its host name. */
const place = createHash('sha256')
  .update([hostname(), bootId(), numberSpace()].join('\n'))
  .digest('hex')
  .slice(0, 16);

/** This process among all that ever ran: where its number is counted, the number, when it began, and chance. */
export const processName = [
  place,
  process.pid,
  startOf(process.pid) ?? 0,
  randomBytes(4).toString('hex'),
].join('-');

/** Whether the process of this name runs; undefined where that can't be seen from here. */
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

/** When the process of this number began, in ticks since the system did: numbers come again, with other times. */
function startOf(pid: number): number | undefined {
  const text = readOr('', () => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The fields after the program's name, which may hold anything, also spaces and brackets.
  const start = text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  return start === undefined ? undefined : Number(start);
}

function bootId(): string {
  return readOr('', () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'));
}

function numberSpace(): string {
  return readOr('', () => readlinkSync('/proc/self/ns/pid'));
}

/** Only Linux has these files. */
function readOr(fallback: string, read: () => string): string {
  try {
    return read();
  } catch {
    return fallback;
  }
}
