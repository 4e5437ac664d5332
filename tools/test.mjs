/** `npm test [-- vitest arguments]`: installs and builds what is stale, then runs every test. */
import { prepare, root } from './prepare.mjs';

await prepare();
const { startVitest } = await import('vitest/node');
const vitest = await startVitest('test', process.argv.slice(2), {
  root,
  run: true,
  reporters: ['default', './tools/closing-line.mjs'],
});
await vitest?.close();
