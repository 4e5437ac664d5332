export type StopReason = 'cancelled' | 'shutdown' | 'lost';

/** Why a run ends before its work is done, where that is no fault. */
export class Stopped extends Error {
  override readonly name = 'Stopped';

  constructor(readonly reason: StopReason) {
    super(`The run was stopped: ${reason}`);
  }
}
