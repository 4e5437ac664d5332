import type { Answer, Client } from './client';

/** What the API says of images. */
export interface Prediction {
  model: string;
  version: number;
  results: {
    predictions: { label: string; probability: number }[];
    embedding?: number[];
    notes?: string[];
  }[];
  batchSizes: number[];
  timings: Record<'decode' | 'queue' | 'inference' | 'total', number>;
}

/**
 * Sends an image, or whatever the headers say that it is.
 * @param path below /models, with the query
 */
export function predict<T = Prediction>(
  client: Client,
  path: string,
  image: Uint8Array | string,
  headers: Record<string, string> = {},
): Promise<Answer<T>> {
  return client.send<T>('POST', `/models/${path}`, {
    body: typeof image === 'string' ? image : new Uint8Array(image),
    headers: { 'Content-Type': 'image/png', ...headers },
  });
}
