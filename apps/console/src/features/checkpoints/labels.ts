/** Returns the labels of a text with one per line, or undefined if there are none. */
export function labelsOf(text: string): string[] | undefined {
  const labels = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return labels.length > 0 ? labels : undefined;
}
