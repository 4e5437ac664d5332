/** How long a browser stays logged in, as Postgres reads it: from its last use, and from its start. */
export const sessionLifetime = { idle: '14 days', longest: '90 days' } as const;
