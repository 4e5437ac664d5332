export interface RunningPostgres {
  /** Of the superuser, in the database `postgres`. */
  url: string;
  stop(): Promise<void>;
}

export function startPostgres(options: {
  dataFolder: string;
  port?: number;
  settings?: Record<string, string>;
  onCrash?: (reason: string) => void;
  onLost?: (error: Error) => void;
}): Promise<RunningPostgres>;
