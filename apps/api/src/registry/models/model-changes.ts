import { Injectable } from '@nestjs/common';
import type { VersionRecord } from './model';

/** Postgres sends the name of a model whose versions or aliases have changed on this channel, to every process. */
export const modelChannel = 'coatrack_model';

/** Is called before and after changes that are made in this process. */
export interface ModelObserver {
  /**
   * An alias is about to move; it waits, and does not move when this fails.
   * @param target what it will point to
   */
  aliasMoves(alias: string, target: VersionRecord): Promise<void>;
  /** The model's versions or aliases are other ones now; the request that did it waits. */
  changed(model: string): Promise<void>;
}

/** Passes changes of models on to their observers in this process; `modelChannel` reaches the others, later. */
@Injectable()
export class ModelChanges {
  private readonly observers: ModelObserver[] = [];

  observe(observer: ModelObserver): void {
    this.observers.push(observer);
  }

  async aliasMoves(alias: string, target: VersionRecord): Promise<void> {
    await Promise.all(this.observers.map((observer) => observer.aliasMoves(alias, target)));
  }

  async changed(model: string): Promise<void> {
    await Promise.all(this.observers.map((observer) => observer.changed(model)));
  }
}
