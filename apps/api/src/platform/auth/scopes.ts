/** The scopes of keys, from the weakest to the strongest. */
export const scopes = ['predict', 'read', 'train', 'admin'] as const;

export type Scope = (typeof scopes)[number];

/** The scopes that each scope includes, itself among them. */
const allowed: Record<Scope, readonly Scope[]> = {
  predict: ['predict'],
  read: ['read'],
  train: ['train', 'read', 'predict'],
  admin: scopes,
};

/** Returns whether a key with the scopes `held` may use a route that takes any of `needed`. */
export function grants(held: readonly Scope[], needed: readonly Scope[]): boolean {
  return held.some((scope) => needed.some((one) => allowed[scope].includes(one)));
}
