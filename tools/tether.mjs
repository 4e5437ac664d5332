/** Processes that must not outlive this one, not even when it is killed and can tell nobody. */
import { spawn } from 'node:child_process';

/** Reads a line from us; when the pipe closes without one, we died, and the process is told to end. */
const guard = 'read -r _ || kill -s "$0" "$1"';

/** @param signal what the child gets when this process ends before it, without the SIG */
export function tether(child, signal) {
  if (child.pid === undefined) return;
  const { stdin } = spawn('sh', ['-c', guard, signal, String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  stdin.on('error', () => undefined);
  child.once('close', () => stdin.end('\n'));
}
