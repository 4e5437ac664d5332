const maxLength = 63;

/** A valid model name made of the parts: lower case, digits, dots, dashes. */
export function modelName(...parts: string[]): string {
  return parts
    .map((part) =>
      part
        .normalize('NFKD')
        .toLowerCase()
        .replace(/[\u0300-\u036f]/g, '')
        .replace(/[^a-z0-9.]+/g, '-'),
    )
    .join('-')
    .replace(/-{2,}/g, '-')
    .replace(/^[-.]+/, '')
    .slice(0, maxLength)
    .replace(/[-.]+$/, '');
}
