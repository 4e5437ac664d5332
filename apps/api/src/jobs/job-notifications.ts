import { EventEmitter } from 'node:events';
import { Logger } from '@nestjs/common';
import { Listener } from '../platform/database/listener';
import { jobChannel } from './job-event-log';

/**
 * Notifies subscribers when a job may have new events. One connection listens, from the first subscriber on. Notifications
 * are only hints: those sent while the connection was down are lost, so subscribers must also poll.
 */
export class JobNotifications {
  private readonly logger = new Logger('Jobs');
  private readonly emitter = new EventEmitter().setMaxListeners(0);
  private readonly listener: Listener;

  constructor(connectionString: string) {
    this.listener = new Listener(connectionString, jobChannel, {
      message: (jobId) => this.emitter.emit(jobId),
      connected: () => this.wakeAll(),
      disconnected: (reason) => this.logger.warn(`Live job events are delayed: ${reason}`),
    });
  }

  /** Calls back on each notification about the job until the returned function is called. */
  subscribe(jobId: string, callback: () => void): () => void {
    this.emitter.on(jobId, callback);
    this.listener.open();
    return () => this.emitter.off(jobId, callback);
  }

  /** Number of registered callbacks of all jobs. */
  get subscribers(): number {
    return this.emitter
      .eventNames()
      .reduce((sum, name) => sum + this.emitter.listenerCount(name), 0);
  }

  close(): Promise<void> {
    return this.listener.close();
  }

  private wakeAll(): void {
    for (const name of this.emitter.eventNames()) this.emitter.emit(name);
  }
}
