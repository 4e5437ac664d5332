import { availableParallelism, cpus, totalmem } from 'node:os';
import type { Hardware } from './measurement';

/** Of this machine, or of this container's share of it. */
export function describeHardware(): Hardware {
  const limit = process.constrainedMemory();
  return {
    processor: cpus()[0]?.model.trim() || 'unknown',
    cores: availableParallelism(),
    memoryBytes: limit > 0 && limit < totalmem() ? limit : totalmem(),
    system: `${process.platform} ${process.arch}`,
    node: process.versions.node,
  };
}
