/** @throws RangeError: whoever knows the file says which one it is about */
export function fail(reason: string): never {
  throw new RangeError(reason);
}

/** Characters of a file's own text that a message shows. */
const longest = 100;

/** Returns a name or text out of a file as messages show it: short, and on one line. */
export function shown(text: string): string {
  const start = JSON.stringify(text.slice(0, longest)).slice(1, -1);
  return text.length > longest ? `${start}…` : start;
}
