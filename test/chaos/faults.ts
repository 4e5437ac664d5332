import { execFileSync } from 'node:child_process';
import { openSync, closeSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Part, Product } from './product';
import type { Random } from './random';

const ownParts: readonly Part[] = ['api', 'worker', 'postgres', 'launcher'];

/** Everything that can be killed. */
export function partsOf({ redis }: Product): readonly Part[] {
  return redis ? [...ownParts, 'redis'] : ownParts;
}

/** How often each is killed, beside the others. */
const weights: [Part, number][] = [
  ['worker', 7],
  ['api', 5],
  ['postgres', 5],
  ['launcher', 3],
  ['redis', 5],
];

/** Which part dies next. */
export function choosePart(product: Product, random: Random): Part {
  const there = weights.filter(([part]) => partsOf(product).includes(part));
  let left = random.next() * there.reduce((sum, [, weight]) => sum + weight, 0);
  return there.find(([, weight]) => (left -= weight) < 0)![0];
}

/** @returns whether there was such a process to kill */
export function kill(product: Product, part: Part): boolean {
  const pid = product.pid(part);
  if (pid === undefined) return false;
  process.kill(pid, 'SIGKILL');
  return true;
}

/** Terminates every connection to Postgres but its own, again and again for this long. */
export async function cutConnections(product: Product, milliseconds: number): Promise<void> {
  const until = Date.now() + milliseconds;
  while (Date.now() < until) {
    await product
      .query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'`,
      )
      .catch(() => undefined);
    await pause(10);
  }
}

/** A small file system of the product's own, which can be full without harm to others; undefined where none can be mounted. */
export function mountSmallDisk(folder: string, gibibytes: number): (() => void) | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${gibibytes}g,mode=0755`, 'tmpfs', folder], {
      stdio: 'ignore',
    });
  } catch {
    return undefined;
  }
  return () => execFileSync('umount', ['-l', folder]);
}

/** Another program's file takes all that is free, for a while. */
export async function fillDisk(folder: string, milliseconds: number): Promise<void> {
  const path = join(folder, 'filler');
  const file = openSync(path, 'w');
  const piece = Buffer.alloc(4 * 1024 * 1024);
  try {
    for (;;) writeSync(file, piece);
  } catch {
    await pause(milliseconds);
  } finally {
    closeSync(file);
    rmSync(path, { force: true });
  }
}
