const form = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Postgres refuses to compare a uuid column with anything else: such an id names nothing. */
export function isUuid(text: string): boolean {
  return form.test(text);
}
