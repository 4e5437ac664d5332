/** Processes that must not outlive this one, not even when it is killed and can tell nobody. */
import { spawn } from 'node:child_process';

/**
 * Reads a line from us. When the pipe closes without one, this process is gone: the child gets one signal after the
 * other, each when it has not ended some time after the one before, and at last what is left of its group is killed.
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
 * @param signals what the child gets, one after the other, when this process ends before it; without the SIG
 * @param group whether the signals go to the whole group
 * @param patienceMs from one signal to the next
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

/** Kills what a child that led its process group may have left there. */
export function killGroup({ pid }) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
}
