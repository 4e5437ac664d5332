import { Inject, Injectable, Logger } from '@nestjs/common';
import { type Config, CONFIG } from '../../config';
import type { ModelSelector } from '../../platform/model-reference';
import { ModelPool } from '../pool/model-pool';
import { VersionRouter } from './version-router';

/** Loads the models that are configured to be ready from the start. */
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

  /** Whether all have been loaded, but for those that cannot be. */
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
      this.logger.error(`${model} was not loaded at the start: ${(error as Error).message}`);
    }
  }
}
