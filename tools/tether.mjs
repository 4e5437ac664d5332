/** Ties processes to this one, so that they don't outlive it even if it is killed. */
import { spawn } from 'node:child_process';

/**
 * Reads a line from this process. If the pipe closes without one, this process is gone: the child gets one signal after the
 * other until it ends, and finally the rest of its group is killed.
 */
const guard = `
  read -r _ && exit
  child=$1 target=$2 patience=$3; shift 3
  alive() {
    kill -s 0 "$child" 2>/dev/null && case "$(cat "/proc/$child/stat" 2>/dev/null)" in *') Z '*) false ;; esac
  }
  for signal; do
    kill -s "$signal" -- "$target" 2>/dev/null
    tries=0
    while alive && [ "$tries" -lt "$patience" ]; do tries=$((tries + 1)); sleep 0.1; done
    alive || break
  done
  kill -s KILL -- "-$child" 2>/dev/null`;

/**
 * Ties a child that leads its process group to this process.
 * @param signals names, without SIG, of the signals that the child gets in order if this process ends first
 * @param group whether the signals go to the whole group
 * @param patienceMs time from one signal to the next
 */
export function tether(child, signals, { group = false, patienceMs = 15_000 } = {}) {
  const { pid } = child;
  if (pid === undefined) return;
  const tenths = Math.ceil(patienceMs / 100);
  const args = [`${pid}`, group ? `-${pid}` : `${pid}`, `${tenths}`, ...signals];
  const { stdin } = spawn('sh', ['-c', guard, 'tether', ...args], {
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    detached: true,
  });
  stdin.on('error', () => undefined);
  child.once('exit', () => stdin.end('\n'));
}

/** Kills whatever a child that led its process group has left there. */
export function killGroup({ pid }) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
}
