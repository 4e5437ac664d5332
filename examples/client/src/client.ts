import createClient from 'openapi-fetch';
import type { paths } from './schema';

/** Calls the API; paths, parameters, bodies and answers are checked by its OpenAPI document. */
export function coatrack(baseUrl: string, key: string) {
  return createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${key}` } });
}

export type Coatrack = ReturnType<typeof coatrack>;

/** The answer, or an error that says what the server said. */
export function answerOf<T>({ data, error, response }: Result<T>): T {
  if (data !== undefined) return data;
  throw new Error(`${response.status}: ${JSON.stringify(error)}`);
}

interface Result<T> {
  data?: T;
  error?: unknown;
  response: Response;
}
