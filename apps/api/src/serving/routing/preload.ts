import { Inject, Injectable, Logger } from '@nestjs/common';
import { type Config, CONFIG } from '../../config';
import type { ModelSelector } from '../../platform/model-reference';
import { ModelPool } from '../pool/model-pool';
import { VersionRouter } from './version-router';

/** Loads the models that COATRACK_PRELOAD names. */
@Injectable()
export class Preload {
  private readonly logger = new Logger('Serving');
  private loading?: Promise<unknown>;
  private settled = false;

  constructor(
    private readonly router: VersionRouter,
    private readonly pool: ModelPool,
    @Inject(CONFIG) private readonly config: Pick<Config, 'serving'>,
  ) {}

  /** Whether every load has ended, successfully or not. */
  get done(): boolean {
    return this.settled;
  }

  start(): void {
    const { preload } = this.config.serving;
    this.loading ??= Promise.all(preload.map((reference) => this.load(reference))).then(() => {
      this.settled = true;
    });
  }

  private async load({ model, ...which }: ModelSelector): Promise<void> {
    try {
      const lease = await this.pool.acquire(await this.router.resolve(model, which));
      lease.release();
    } catch (error) {
      this.logger.error(`${model} could not be preloaded: ${(error as Error).message}`);
    }
  }
}
