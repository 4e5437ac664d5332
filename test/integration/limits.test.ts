import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createHouse, type RunningApi, startApi, type TestHouse } from './support/api';
import { Client } from './support/client';
import { solidImage } from './support/images';
import { predict } from './support/predict';
import { startRedis } from './support/redis';
import { safetensors, tensorsOf } from './support/weights';

const redisUrl = inject('redisUrl');
let house: TestHouse;
const running: RunningApi[] = [];

beforeAll(async () => {
  house = await createHouse();
  const api = await start();
  const config = JSON.stringify({ architecture: 'efficientnetv2_b0', labels: ['a', 'b'] });
  const weights = safetensors(tensorsOf('efficientnetv2_b0', 2));
  const { status } = await api.client.upload('/models/m/versions', { config, weights });
  expect(status).toBe(201);
  await api.stop();
});

afterAll(async () => {
  for (const api of running) await api.stop();
  await house?.remove();
});

async function start(environment: Record<string, string> = {}): Promise<RunningApi> {
  const api = await startApi({ ...house.environment, COATRACK_ENGINE: 'wasm', ...environment });
  running.push(api);
  return api;
}

describe("a key's rate", () => {
  const limited = { COATRACK_RATE_LIMIT: '2', COATRACK_RATE_BURST: '10' };
  const ask = (api: RunningApi, times: number) =>
    Promise.all(Array.from({ length: times }, () => api.client.get('/models')));
  const answered = (answers: { status: number }[]) =>
    answers.filter(({ status }) => status === 200).length;

  /** Expects that the burst is answered, what the rate lets through meanwhile, and no more. @returns all answers */
  const askTooMuch = async (...apis: RunningApi[]) => {
    const started = performance.now();
    const answers = (await Promise.all(apis.map((api) => ask(api, 40)))).flat();
    const meanwhile = Math.ceil(((performance.now() - started) / 1000) * 2);
    expect(answered(answers)).toBeGreaterThanOrEqual(10);
    expect(answered(answers)).toBeLessThanOrEqual(10 + meanwhile);
    return answers;
  };

  it('lets a burst through, then refuses requests until the announced time', async () => {
    const api = await start(limited);
    const answers = await askTooMuch(api);
    const refused = answers.find(({ status }) => status === 429)!;
    expect(refused.body.code).toBe('RATE_LIMITED');
    const seconds = Number(refused.headers.get('Retry-After'));
    expect(seconds).toBeGreaterThanOrEqual(1);
    expect(seconds).toBeLessThanOrEqual(5);
    expect((await new Client(api.url).get('//health/ready')).status).toBe(200);
    expect((await new Client(api.url, 'some-other-key').get('/models')).status).toBe(401);
    await pause(seconds * 1000);
    expect(answered(await ask(api, 5))).toBe(5);
  });

  it.skipIf(!redisUrl)(
    'counts for all processes together in Redis, and goes on without it',
    async () => {
      const redis = (await startRedis())!;
      try {
        const environment = { ...limited, REDIS_URL: redis.url };
        const [first, second] = [await start(environment), await start(environment)];
        await pause(500);
        await askTooMuch(first, second);
      } finally {
        await redis.stop();
      }
      const [, second] = running.slice(-2);
      await pause(500);
      await askTooMuch(second!);
    },
  );
});

/** A prediction whose body is sent in two halves. */
async function halfSent(api: RunningApi, agent?: Agent) {
  const png = await solidImage(200, 10, 10);
  const asked = request(`${api.url}/api/v1/models/m/predict`, {
    method: 'POST',
    agent,
    headers: {
      Authorization: `Bearer ${api.client.key}`,
      'Content-Type': 'image/png',
      'Content-Length': png.length,
    },
  });
  const answer = once(asked, 'response') as Promise<[IncomingMessage]>;
  answer.catch(() => undefined);
  asked.write(png.subarray(0, 10));
  await once(asked, 'socket');
  await pause(300);
  return { answer, finish: () => asked.end(png.subarray(10)) };
}

const ready = async (api: RunningApi) => {
  const { status, body } = await new Client(api.url).get<{ status: string }>('//health/ready');
  return [status, body.status];
};

describe('a process that receives SIGTERM', () => {
  it('reports itself unready, answers all accepted requests, and ends', async () => {
    const api = await start({
      COATRACK_DRAIN_DELAY_SECONDS: '3',
      COATRACK_DRAIN_SECONDS: '50',
      COATRACK_MAX_BATCH: '1',
    });
    const png = await solidImage(200, 10, 10);
    const ask = () => predict(api.client, 'm/predict', png);
    expect((await ask()).status).toBe(200);
    expect(await ready(api)).toEqual([200, 'ok']);

    const agent = new Agent({ keepAlive: true });
    const half = await halfSent(api, agent);
    const queued = Array.from({ length: 30 }, ask);
    const ended = api.stop();
    await pause(500);
    expect(await ready(api)).toEqual([503, 'draining']);
    const late = ask();
    await pause(4000);
    await expect(new Client(api.url).get('//health/live')).rejects.toThrow();
    half.finish();
    const [answer] = await half.answer;
    expect([answer.statusCode, answer.headers.connection]).toEqual([200, 'close']);
    answer.resume();
    const statuses = (await Promise.all([...queued, late])).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await ended).toBe(0);
    agent.destroy();
  });

  it('does not wait forever for a client that does not finish', async () => {
    const api = await start({ COATRACK_DRAIN_SECONDS: '1' });
    const half = await halfSent(api);
    expect(await api.stop()).toBe(0);
    await expect(half.answer).rejects.toThrow();
    expect(api.output()).toMatch(/1 requests were cut off/);
  });
});

it("bodies above a route's limit are refused, whatever length they declare", async () => {
  const api = await start({ COATRACK_MAX_IMAGE_BYTES: '10000' });
  const send = (path: string, type: string, bytes: number, chunked: boolean) => {
    const whole = new Uint8Array(bytes).fill(0x20);
    const body = chunked ? new Blob([whole]).stream() : whole;
    return api.client.send('POST', path, {
      body,
      headers: { 'Content-Type': type },
      duplex: 'half',
    } as RequestInit);
  };
  for (const chunked of [false, true]) {
    expect((await send('/jobs', 'application/json', 2_000_000, chunked)).status).toBe(413);
    expect((await send('/models/m/predict', 'image/png', 20_000, chunked)).status).toBe(413);
  }
  // Less than was promised, then the end of the connection: nothing is answered, and nothing breaks.
  const socket = connect(Number(new URL(api.url).port), '127.0.0.1');
  const head = `POST /api/v1/jobs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${api.client.key}\r\n`;
  socket.end(`${head}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{`);
  await once(socket.resume(), 'close');
  expect(await api.client.get('/models')).toMatchObject({ status: 200 });
  expect(api.output()).not.toMatch(/ERROR/);
});
