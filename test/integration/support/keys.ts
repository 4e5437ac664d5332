import { Client } from './client';
import type { RunningApi } from './api';

export type Scope = 'predict' | 'read' | 'train' | 'admin';

export interface Key {
  id: string;
  name: string;
  scopes: Scope[];
  createdAt: string;
  expiresAt: string | null;
  lastUsedAt: string | null;
}

/** Creates a key with the API, and a client that uses it. */
export async function makeKey(
  api: RunningApi,
  name: string,
  scopes: Scope[],
  expiresAt?: string,
): Promise<{ key: Key & { key: string }; client: Client }> {
  const { status, body } = await api.client.post<Key & { key: string }>('/keys', {
    name,
    scopes,
    expiresAt,
  });
  if (status !== 201) throw new Error(`The key "${name}" was not made: ${JSON.stringify(body)}`);
  return { key: body, client: new Client(api.url, body.key) };
}
