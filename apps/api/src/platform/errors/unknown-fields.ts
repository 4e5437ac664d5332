const maxListed = 5;
const maxLength = 64;

/** Says which of the given fields are unknown, and which are known. */
export function unknownFields(given: readonly string[], known: readonly string[]): string {
  const listed = given.slice(0, maxListed).map((name) => JSON.stringify(name.slice(0, maxLength)));
  const more = given.length > maxListed ? ` and ${given.length - maxListed} more` : '';
  const unknown = `${listed.join(', ')}${more} ${given.length === 1 ? 'is' : 'are'} unknown`;
  if (known.length === 0) return `${unknown}; there are no fields here`;
  return `${unknown}; known ${known.length === 1 ? 'is' : 'are'} ${known.join(', ')}`;
}
