import createClient, {
  createFinalURL,
  createQuerySerializer,
  defaultPathSerializer,
  type ClientPathsWithMethod,
} from 'openapi-fetch';
import { ApiError } from './api-error';
import type { paths } from './schema';
import { proofHeaders } from './session-proof';

const prefix = '/api/v1';

/** The API's paths, without the prefix. */
type Paths = {
  [Path in keyof paths as Path extends `${typeof prefix}${infer Rest}` ? Rest : never]: paths[Path];
};

/**
 * Calls the API; paths, parameters, bodies and answers are checked by its OpenAPI document. Refusals are thrown as ApiError.
 */
export const client = createClient<Paths>({ baseUrl: prefix });

client.use({
  onRequest: ({ request }) => {
    for (const [name, value] of Object.entries(proofHeaders())) request.headers.set(name, value);
  },
  onResponse: async ({ response }) => {
    if (!response.ok) throw refusal(response.status, await response.text());
  },
});

export type GetPath = ClientPathsWithMethod<typeof client, 'get'>;
export type PostPath = ClientPathsWithMethod<typeof client, 'post'>;
export type Answer<P extends keyof Paths, Method extends 'get' | 'post' = 'get'> =
  Paths[P] extends Record<Method, { responses: infer Responses }>
    ? JsonOf<Responses[keyof Responses & SuccessStatus]>
    : never;
type SuccessStatus = 200 | 201 | 202;
type JsonOf<Response> = Response extends { content: { 'application/json': infer Body } }
  ? Body
  : never;

/** A path's segments in braces, and its query. */
export type Params<P extends keyof Paths, Method extends 'get' | 'post' = 'get'> =
  Paths[P] extends Record<Method, { parameters: infer Parameters }>
    ? Omit<Parameters, 'header' | 'cookie'>
    : never;

/** Returns a call's answer; the client has already thrown its error. */
export async function answerOf<T>(call: Promise<{ data?: T }>): Promise<T> {
  return (await call).data as T;
}

/** Reads a path whose type is a parameter, which the client's own types cannot resolve. */
export function get<P extends GetPath>(path: P, params: Params<P>): Promise<Answer<P>> {
  return answerOf(client.GET(path, { params } as never)) as Promise<Answer<P>>;
}

/** Returns the address of a path, for links, uploads and event streams. */
export function apiHref<P extends keyof Paths, Method extends 'get' | 'post' = 'get'>(
  path: P,
  params: Params<P, Method>,
): string {
  return createFinalURL(path, {
    baseUrl: prefix,
    params,
    querySerializer: createQuerySerializer(),
    pathSerializer: defaultPathSerializer,
  });
}

/** Returns the error of a refusal. If the session has ended, goes to the login page, which leads back here. */
export function refusal(status: number, body: string): ApiError {
  if (status === 401) {
    const here = location.pathname + location.search;
    location.assign(`/login?expired&next=${encodeURIComponent(here)}`);
  }
  return ApiError.from(status, body);
}
