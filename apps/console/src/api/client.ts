import { ApiError } from './api-error';
import { proofHeaders } from './session-proof';

const prefix = '/api/v1';

/** A path under the API, with every segment and query value encoded: path`/models/${name}`. */
export function path(strings: TemplateStringsArray, ...values: (string | number)[]): string {
  return String.raw({ raw: strings }, ...values.map(encodeURIComponent));
}

export const apiPath = (relative: string) => prefix + relative;

/** SWR's fetcher: the key is the path under /api/v1. */
export const get = <T>(relative: string) => call<T>('GET', relative);
export const post = <T>(relative: string, body?: unknown) => call<T>('POST', relative, body);
export const put = <T>(relative: string, body: unknown) => call<T>('PUT', relative, body);
export const remove = (relative: string) => call<undefined>('DELETE', relative);

/** Sends a file as the request body itself. */
export async function postFile<T>(relative: string, file: Blob): Promise<T> {
  return read<T>(
    await fetch(apiPath(relative), {
      method: 'POST',
      body: file,
      headers: { ...proofHeaders(), 'content-type': file.type || 'application/octet-stream' },
    }),
  );
}

async function call<T>(method: string, relative: string, body?: unknown): Promise<T> {
  const json = body === undefined ? {} : { body: JSON.stringify(body) };
  const headers = proofHeaders();
  if (body !== undefined) headers['content-type'] = 'application/json';
  return read<T>(await fetch(apiPath(relative), { method, headers, ...json }));
}

async function read<T>(response: Response): Promise<T> {
  const text = await response.text();
  if (!response.ok) {
    if (response.status === 401) toLogin();
    throw ApiError.from(response.status, text);
  }
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** A session that has ended: start over, and come back here afterwards. */
export function toLogin() {
  const here = location.pathname + location.search;
  location.assign(`/login?expired&next=${encodeURIComponent(here)}`);
}
