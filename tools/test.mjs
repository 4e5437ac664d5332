/** `npm test [-- vitest arguments]`: installs and builds what is stale, then runs every test. */
import { root } from './command.mjs';
import { prepare } from './prepare.mjs';

await prepare();
const { startVitest } = await import('vitest/node');
const vitest = await startVitest('test', process.argv.slice(2), {
  root,
  run: true,
  project: ['!peers'],
  reporters: ['default', './tools/closing-line.mjs'],
});
await vitest?.close();
