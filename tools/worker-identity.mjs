/** Tells a worker who it is, and which of its predecessors are dead, so that it takes up their jobs at once. */
import { randomUUID } from 'node:crypto';

/** Jobs of workers that died before these have long been taken up by others. */
const remembered = 20;

/** Returns a function that gives each worker in turn its environment, once the one before has died. */
export function workerIdentities() {
  const ids = [];
  return () => {
    const dead = ids.slice(-remembered).join(',');
    const id = randomUUID();
    ids.push(id);
    return { COATRACK_WORKER_ID: id, COATRACK_DEAD_WORKER_IDS: dead };
  };
}
