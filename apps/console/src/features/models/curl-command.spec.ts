import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { curlCommand } from './curl-command';

it('the curl command is quoted for the shell, whatever the name of the file', () => {
  const fileName = `it's $HOME "quoted".jpg`;
  const call = { apiUrl: 'http://127.0.0.1:3001', model: 'flowers', version: 3, fileName };
  const script = curlCommand(call).replace(/^curl/, `printf '%s\\n'`);
  const words = execFileSync('sh', ['-c', script], {
    env: { ...process.env, COATRACK_KEY: 'secret' },
  });
  expect(words.toString().trim().split('\n')).toEqual([
    '-H',
    'Authorization: Bearer secret',
    '-F',
    `image=@${fileName}`,
    'http://127.0.0.1:3001/api/v1/models/flowers/predict?version=3',
  ]);
});
