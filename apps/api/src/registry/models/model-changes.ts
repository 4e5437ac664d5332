import { Injectable } from '@nestjs/common';
import type { VersionRecord } from './model';

/** Postgres channel that announces models whose versions or aliases have changed, to every process. */
export const modelChannel = 'coatrack_model';

/** Called before and after changes by this process. */
export interface ModelObserver {
  /**
   * Called before an alias moves, which waits for this and does not happen if this fails.
   * @param target the version it will point to
   */
  aliasMoves(alias: string, target: VersionRecord): Promise<void>;
  /** Called after the model's versions or aliases have changed; the request waits for this. */
  changed(model: string): Promise<void>;
}

/** Notifies observers in this process of changes to models; `modelChannel` notifies other processes later. */
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
