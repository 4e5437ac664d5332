/** Loaded into a process of the product by `NODE_OPTIONS=--import`: signals that make it err where nothing catches it. */
import process from 'node:process';

process.on('SIGUSR2', () => {
  throw new Error('an exception for the test');
});
process.on('SIGWINCH', () => {
  Promise.reject(new Error('a rejection for the test'));
});
