/** @throws RangeError without the file's name, which callers add */
export function fail(reason: string): never {
  throw new RangeError(reason);
}

/** Maximum length of a file's text in a message. */
const longest = 100;

/** Shortens a name or text from a file to one line for messages. */
export function shown(text: string): string {
  const start = JSON.stringify(text.slice(0, longest)).slice(1, -1);
  return text.length > longest ? `${start}…` : start;
}
