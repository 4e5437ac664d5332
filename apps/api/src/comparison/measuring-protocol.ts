import type { ServableModel } from '../serving/engines/executor';
import type { Measurement, Timing } from './measurement';

/** What passes between a worker and the process that measures one version for it. */
export interface MeasuringRequest {
  model: ServableModel;
  batchSizes: number[];
  /** For each batch size. */
  seconds: number;
}

export type MeasuringReply =
  | { type: 'choice'; executor: 'onnxruntime' | 'tfjs' }
  | { type: 'measured'; measured: Measured }
  | { type: 'done' }
  | { type: 'failed'; reason: string };

export type Measured = Timing &
  Pick<Measurement, 'executor' | 'batchSize' | 'instances' | 'memoryBytes'>;
