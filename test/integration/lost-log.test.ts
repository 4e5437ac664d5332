import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { createHouse } from './support/api';

it('an API whose log has lost its reader keeps answering and ends in order', async () => {
  const house = await createHouse();
  const { PATH = '', HOME = '' } = process.env;
  const api = spawn(process.execPath, [resolve('apps/api/dist/main.js')], {
    env: { PATH, HOME, ...house.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(api, 'exit');
  try {
    let url: string | undefined;
    for await (const line of createInterface({ input: api.stdout })) {
      url = /Listening on (http:[^\s"]+)/.exec(line)?.[1];
      if (url) break;
    }
    api.stdout.destroy();
    api.stderr.destroy();
    // A wrong key is logged.
    const headers = { Authorization: 'Bearer wrong' };
    expect((await fetch(`${url}/api/v1/models`, { headers })).status).toBe(401);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    api.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  } finally {
    api.kill('SIGKILL');
    await ended;
    await house.remove();
  }
});
