import { availableParallelism, cpus } from 'node:os';
import { totalMemory } from '../platform/available-memory';

/** What a measurement was made on. */
export interface Hardware {
  processor: string;
  /** That this process may use. */
  cores: number;
  /** Main memory that this process may use. */
  memoryBytes: number;
  /** "linux x64" */
  system: string;
  /** Version of Node.js. */
  node: string;
}

/** From the images' handing over to their outputs, all images of a batch together. In ms. */
export interface Latency {
  mean: number;
  p50: number;
  p95: number;
  p99: number;
}

/** How fast a network was with images of one size in batches of one size. */
export interface Timing {
  latency: Latency;
  /** Images per second, with a batch in each instance. */
  throughput: number;
  /** How many batches the figures come from. */
  runs: number;
}

/** A version's speed in one setting. */
export interface Measurement extends Timing {
  id: string;
  job: string;
  model: string;
  version: number;
  /** What ran it, with its version. */
  executor: string;
  imageSize: number;
  batchSize: number;
  /** Batches that ran side by side. */
  instances: number;
  /** Main memory that loading and running the network took at most. */
  memoryBytes: number;
  hardware: Hardware;
  createdAt: Date;
}

export interface MeasuredVersion {
  model: string;
  version: number;
}

/** Of this machine, or of this container's share of it. */
export function describeHardware(): Hardware {
  return {
    processor: cpus()[0]?.model.trim() || 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalMemory(),
    system: `${process.platform} ${process.arch}`,
    node: process.versions.node,
  };
}
