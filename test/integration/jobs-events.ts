// eslint-disable-next-line @nx/enforce-module-boundaries -- only types, generated from the API's description
import type { components } from '../../apps/console/src/api/schema';
import type { Client } from './support/client';

type JobEventData = components['schemas']['JobEvent'];

export interface JobEvent {
  id: number;
  event: string;
  data: JobEventData;
}

/** Reads a job's server-sent events until the server ends them or the reader has seen enough. */
export async function readEvents(
  { url, key }: Client,
  jobId: string,
  options: { after?: number; until?: (event: JobEvent) => boolean } = {},
): Promise<JobEvent[]> {
  const response = await fetch(`${url}/api/v1/jobs/${jobId}/events`, {
    headers: {
      Authorization: `Bearer ${key}`,
      ...(options.after === undefined ? {} : { 'Last-Event-ID': String(options.after) }),
    },
  });
  if (response.status === 204) return [];
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  const events: JobEvent[] = [];
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    const frames = text.split('\n\n');
    text = frames.pop()!;
    for (const frame of frames) {
      const event = parse(frame);
      if (!event) continue;
      events.push(event);
      if (options.until?.(event)) return events;
    }
  }
  return events;
}

/** Waits for a job's end. @returns the job and all its events */
export async function finishedJob<T>(
  client: Client,
  id: string,
): Promise<{ job: T; events: JobEvent[] }> {
  const events = await readEvents(client, id);
  return { job: (await client.get<T>(`/jobs/${id}`)).body, events };
}

/** Returns the data of the events of one type. */
export function dataOf<T extends JobEventData['type']>(
  events: JobEvent[],
  type: T,
): Extract<JobEventData, { type: T }>[] {
  return events
    .map(({ data }) => data)
    .filter((data): data is Extract<JobEventData, { type: T }> => data.type === type);
}

/** Parses a frame; returns null for a comment. */
function parse(frame: string): JobEvent | null {
  const fields = Object.fromEntries(
    frame.split('\n').map((line) => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
  );
  if (!fields.id) return null;
  return { id: Number(fields.id), event: fields.event!, data: JSON.parse(fields.data!) };
}
