import { parentPort, workerData } from 'node:worker_threads';
import { Client } from 'pg';
import type { HeartbeatOptions, HeartbeatMessage } from './heartbeat';

const { connectionString, jobId, claim, intervalMs } = workerData as HeartbeatOptions;

const beat = `
  UPDATE jobs SET heartbeat_at = clock_timestamp()
  WHERE id = $1 AND claim = $2 AND state = 'running'
  RETURNING cancel_requested_at IS NOT NULL AS cancel`;

/** Time after which a beat is repeated on a new connection, well before the job counts as stale. */
const answerTimeoutMs = 5000;

let client: Client | undefined;

async function connect(): Promise<Client> {
  const fresh = new Client({
    connectionString,
    keepAlive: true,
    connectionTimeoutMillis: answerTimeoutMs,
    query_timeout: answerTimeoutMs,
  });
  fresh.on('error', () => {
    if (client === fresh) client = undefined;
  });
  await fresh.connect();
  return fresh;
}

function tell(message: HeartbeatMessage): void {
  parentPort!.postMessage(message);
}

async function beatOnce(): Promise<void> {
  try {
    client ??= await connect();
    const { rows } = await client.query<{ cancel: boolean }>(beat, [jobId, claim]);
    if (rows.length === 0) tell('lost');
    else if (rows[0]!.cancel) tell('cancel');
  } catch {
    // The database is away. If another worker takes the job over meanwhile, the next beat will find out.
    void client?.end().catch(() => undefined);
    client = undefined;
  }
  setTimeout(() => void beatOnce(), intervalMs);
}

void beatOnce();
