/** Ends this process at a signal, or when the npm that started it is gone. */
import { readFileSync } from 'node:fs';

const lookEveryMs = 250;
const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

let end = (code) => process.exit(code);

/** Sets the action that shuts this process down; until then it ends at once. */
export function onEnd(action) {
  end = action;
}

for (const [signal, code] of Object.entries(exitCodes)) process.on(signal, () => end(code));
// A closed terminal or pipe only loses output.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

// npm only passes signals to the shell in between, and a killed npm passes none.
if (['start', 'dev'].includes(process.env.npm_lifecycle_event)) {
  const shell = isShell(process.ppid) ? process.ppid : undefined;
  const parents = () => `${process.ppid} ${shell && status(shell)?.parent}`;
  const first = parents();
  setInterval(() => {
    if (parents() !== first) end(exitCodes.SIGTERM);
  }, lookEveryMs).unref();
}

function isShell(pid) {
  return /^(ba|da|k|z|fi)?sh$/.test(status(pid)?.name);
}

/** Returns a process's name and its parent, if the system shows them. */
function status(pid) {
  try {
    const [, name, parent] = /\((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    return { name, parent };
  } catch {
    return undefined;
  }
}
