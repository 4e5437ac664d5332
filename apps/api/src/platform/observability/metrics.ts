import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';

/** Seconds: from what a small network takes for a picture to what nobody waits for. */
const durations = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const batchSizes = [1, 2, 4, 8, 16, 32, 64, 128, 256];

const versionLabels = ['model', 'version'] as const;

/** All that is counted; memory, event loop and garbage collection of the process are among it. */
@Injectable()
export class Metrics {
  readonly registry = new Registry();

  readonly requests = this.histogram(
    'coatrack_http_request_duration_seconds',
    'HTTP requests by route, from their first byte to the end of the answer',
    ['method', 'route', 'status'],
  );
  readonly predictions = this.histogram(
    'coatrack_prediction_duration_seconds',
    'Requests for predictions by outcome: ok, or the code of the error',
    [...versionLabels, 'outcome'],
  );
  readonly pictures = new Counter({
    name: 'coatrack_prediction_pictures_total',
    help: 'Pictures in requests for predictions by outcome',
    labelNames: [...versionLabels, 'outcome'],
    registers: [this.registry],
  });
  readonly decoding = this.histogram(
    'coatrack_decode_duration_seconds',
    'From the bytes of a picture to numbers',
    versionLabels,
  );
  readonly queueing = this.histogram(
    'coatrack_queue_duration_seconds',
    'How long pictures waited for the engine',
    versionLabels,
  );
  readonly computing = this.histogram(
    'coatrack_compute_duration_seconds',
    'A batch in the engine',
    [...versionLabels, 'executor'],
  );
  readonly batches = this.histogram(
    'coatrack_batch_pictures',
    'Pictures in a batch',
    [...versionLabels, 'executor'],
    batchSizes,
  );

  readonly wrongKeys = new Counter({
    name: 'coatrack_wrong_keys_total',
    help: 'Requests with a key that is unknown or has expired',
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  private histogram<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    buckets = durations,
  ): Histogram<L> {
    return new Histogram({ name, help, labelNames, buckets, registers: [this.registry] });
  }
}
