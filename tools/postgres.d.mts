export interface RunningPostgres {
  /** URL of the database `postgres`, for the superuser. */
  url: string;
  stop(): Promise<void>;
}

export function startPostgres(options: {
  dataFolder: string;
  port?: number;
  settings?: Record<string, string>;
  onCrash?: (line: string) => void;
}): Promise<RunningPostgres>;
