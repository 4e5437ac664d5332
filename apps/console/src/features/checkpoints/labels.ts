/** Labels as a person types them, one a line; undefined where there are none. */
export function labelsOf(text: string): string[] | undefined {
  const labels = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return labels.length > 0 ? labels : undefined;
}
