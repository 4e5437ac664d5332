import type { IncomingMessage } from 'node:http';
import { isProtocolPath } from './problem';

/** The path that takes images for a model, which it names. */
export const predictionPath = /^\/api\/v1\/models\/([^/]+)\/predict\/?$/;

/** Routes that read their bodies themselves, JSON too, with their own limits. */
const readsItself = (path: string) => predictionPath.test(path) || isProtocolPath(path);

/** Whether a body is JSON that is to be parsed before its route sees it. */
export function isPlainJson({ url = '', headers }: IncomingMessage): boolean {
  const [path] = url.split('?');
  const type = headers['content-type']?.toLowerCase() ?? '';
  return /^application\/json\b/.test(type) && !readsItself(path!);
}
