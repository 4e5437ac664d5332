'use client';

import { useEffect, useEffectEvent, useReducer, useState } from 'react';
import { apiHref } from '@/api/client';
import type { FineTuneJob, JobEvent } from '@/api/types';
import { beforeFirstEvent, isFinished, latest, reduce } from './job-progress';

const eventTypes: JobEvent['type'][] = ['state', 'started', 'step', 'epoch'];

/** Interval between redraws: a replay brings thousands of events at once, and drawing after each would freeze the page. */
const drawEveryMs = 100;
const retryAfterMs = 3000;

type Connection = 'connecting' | 'live' | 'lost' | 'ended';

/**
 * Follows a job's progress, live.
 * @param onFinished called once the job's last state has arrived
 */
export function useJobProgress(job: FineTuneJob, onFinished: () => void) {
  const [replay, dispatch] = useReducer(
    (progress: typeof beforeFirstEvent, events: JobEvent[]) => events.reduce(reduce, progress),
    beforeFirstEvent,
  );
  const [connection, setConnection] = useState<Connection>('connecting');

  const finish = useEffectEvent(onFinished);

  useEffect(() => {
    let waiting: JobEvent[] = [];
    const flush = () => {
      if (waiting.length > 0) dispatch(waiting);
      waiting = [];
    };
    const drawing = setInterval(flush, drawEveryMs);
    const close = followEvents(job.id, setConnection, (event) => {
      waiting.push(event);
      if (event.type !== 'state' || !isFinished(event.state)) return;
      close();
      flush();
      setConnection('ended');
      finish();
    });
    return () => {
      close();
      clearInterval(drawing);
    };
  }, [job.id]);

  return { progress: latest(replay, job), connection };
}

/**
 * Follows the events of a job. The browser reconnects by itself after a broken connection, but not after an error answer
 * such as a 502 while the API restarts, so this does. Either way, only the missing events are sent.
 */
function followEvents(
  jobId: string,
  onConnection: (connection: Connection) => void,
  onEvent: (event: JobEvent) => void,
): () => void {
  let source: EventSource;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let lastEventId: number | undefined;
  const open = () => {
    const params = { path: { id: jobId }, query: { lastEventId } };
    source = new EventSource(apiHref('/jobs/{id}/events', params));
    for (const type of eventTypes) {
      source.addEventListener(type, (message: MessageEvent<string>) => {
        lastEventId = Number(message.lastEventId);
        onEvent(JSON.parse(message.data) as JobEvent);
      });
    }
    source.onopen = () => onConnection('live');
    source.onerror = () => {
      onConnection('lost');
      if (source.readyState === EventSource.CLOSED) retry = setTimeout(open, retryAfterMs);
    };
  };
  open();
  return () => {
    source.close();
    clearTimeout(retry);
  };
}
