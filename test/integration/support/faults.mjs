/** Loaded into the product's processes by `NODE_OPTIONS=--import`: signals cause uncaught errors. */
import process from 'node:process';

process.on('SIGUSR2', () => {
  throw new Error('an exception for the test');
});
process.on('SIGWINCH', () => {
  Promise.reject(new Error('a rejection for the test'));
});
