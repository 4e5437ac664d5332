import type { IncomingMessage } from 'node:http';

/** Routes that read their bodies themselves, JSON too, by limits of their own. */
const paths: readonly RegExp[] = [/^\/api\/v1\/models\/[^/]+\/predict\/?$/];

/** Whether a body is JSON that is to be parsed before its route sees it. */
export function isPlainJson({ url = '', headers }: IncomingMessage): boolean {
  const [path] = url.split('?');
  const type = headers['content-type']?.toLowerCase() ?? '';
  return /^application\/json\b/.test(type) && !paths.some((own) => own.test(path!));
}
