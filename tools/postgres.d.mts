export interface RunningPostgres {
  /** Of the superuser, in the database `postgres`. */
  url: string;
  stop(): Promise<void>;
}

export function startPostgres(options: {
  dataFolder: string;
  port?: number;
  settings?: Record<string, string>;
  onCrash?: (line: string) => void;
}): Promise<RunningPostgres>;
