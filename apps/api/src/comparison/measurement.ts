import { availableParallelism, cpus } from 'node:os';
import { totalMemory } from '../platform/available-memory';

/** The hardware of a measurement. */
export interface Hardware {
  processor: string;
  /** Cores that this process may use. */
  cores: number;
  /** Main memory that this process may use. */
  memoryBytes: number;
  /** "linux x64" */
  system: string;
  /** Version of Node.js. */
  node: string;
}

/** Time from submitting a batch to its outputs, in ms. */
export interface Latency {
  mean: number;
  p50: number;
  p95: number;
  p99: number;
}

/** The speed of a network at one image size and batch size. */
export interface Timing {
  latency: Latency;
  /** Images per second, with a batch in every instance. */
  throughput: number;
  /** Number of measured batches. */
  runs: number;
}

/** A version's speed in one setting. */
export interface Measurement extends Timing {
  id: string;
  job: string;
  model: string;
  version: number;
  /** Engine that ran it, with its version. */
  executor: string;
  imageSize: number;
  batchSize: number;
  /** Number of batches that ran concurrently. */
  instances: number;
  /** Peak main memory of loading and running the network. */
  memoryBytes: number;
  hardware: Hardware;
  createdAt: Date;
}

export interface MeasuredVersion {
  model: string;
  version: number;
}

/** Describes this machine, or this container's share of it. */
export function describeHardware(): Hardware {
  return {
    processor: cpus()[0]?.model.trim() || 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalMemory(),
    system: `${process.platform} ${process.arch}`,
    node: process.versions.node,
  };
}
