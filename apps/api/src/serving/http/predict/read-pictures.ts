import busboy from 'busboy';
import type { Request } from 'express';
import { DomainError } from '../../../platform/errors/domain-error';
import { invalidRequest } from '../../../platform/errors/invalid-request';
import type { HeldBody } from '../../../platform/http/body-memory';
import { brokeOff, collect, readBody, tooLarge } from '../../../platform/http/collect';
import { largeBytes, type SideThread } from '../../../platform/http/side-thread';
import { picturesOfJson } from './pictures-of-json';

const field = 'image';
const jsonWork = { filename: require.resolve('./pictures-of-json'), name: 'inThread' };

export interface PictureLimits {
  /** Bytes of one picture. */
  picture: number;
  /** Bytes of a whole body. */
  body: number;
  pictures: number;
}

/** What reading bodies needs. */
export interface ReadingTools {
  held: HeldBody;
  thread: SideThread;
}

/**
 * The encoded pictures in a request, in their order: a raw body of an image type, multipart fields `image`, or JSON
 * `{"images": […]}` in base64.
 * @throws DomainError TOO_LARGE, QUEUE_FULL, UNSUPPORTED_MEDIA_TYPE, INVALID_REQUEST, INVALID_JSON
 */
export async function readPictures(
  request: Request,
  limits: PictureLimits,
  tools: ReadingTools,
): Promise<Uint8Array[]> {
  const type = request.headers['content-type']?.toLowerCase() ?? '';
  const pictures = await readBy(type, request, limits, tools);
  pictures.forEach((picture, index) => {
    if (picture.length === 0) throw invalidRequest([{ where: nameOf(index), message: 'is empty' }]);
    if (picture.length > limits.picture) throw tooLarge('The picture', limits.picture);
  });
  return pictures;
}

async function readBy(
  type: string,
  request: Request,
  limits: PictureLimits,
  { held, thread }: ReadingTools,
): Promise<Uint8Array[]> {
  if (type.startsWith('multipart/form-data')) return readForm(request, limits, held);
  if (/^application\/json\b/.test(type)) {
    const body = await readBody(request, { limit: limits.body, what: 'The body', held });
    const mostPictures = limits.pictures;
    if (body.length <= largeBytes) return picturesOfJson(body, mostPictures);
    return thread.run(jsonWork, { body, mostPictures }, body);
  }
  if (/^(image\/|application\/octet-stream\b)/.test(type)) {
    return [await readBody(request, { limit: limits.picture, what: 'The picture', held })];
  }
  throw new DomainError(
    'UNSUPPORTED_MEDIA_TYPE',
    'Send the picture as the body with its own Content-Type (image/…), pictures as the fields ' +
      `"${field}" of multipart/form-data, or as {"images": ["<base64>", …]} in application/json.`,
  );
}

async function readForm(
  request: Request,
  limits: PictureLimits,
  held: HeldBody,
): Promise<Buffer[]> {
  // A client that went away before this emits no further event: the form would be waited for without end.
  if (request.destroyed) throw brokeOff('The form');
  return new Promise((resolve, reject) => {
    const pictures: Promise<Buffer>[] = [];
    let bytes = 0;
    const parser = busboyFor(request);
    const fail = (error: Error) => {
      request.unpipe(parser);
      request.resume();
      reject(error);
    };
    parser.on('file', (name, file) => {
      // A form that breaks off is told by the parser itself; unheard, a part's error ends the process.
      file.on('error', () => undefined);
      const full = pictures.length === limits.pictures;
      if (name !== field || full) {
        file.resume();
        const message = full
          ? `came more than ${limits.pictures} times`
          : `unknown; the pictures are "${field}"`;
        fail(invalidRequest([{ where: name, message }]));
        return;
      }
      file.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > limits.body) fail(tooLarge('The body', limits.body));
      });
      const picture = collect(file, { limit: limits.picture, what: 'The picture', held });
      picture.catch(fail);
      pictures.push(picture);
    });
    parser.on('error', (error: Error) =>
      fail(invalidRequest([{ where: 'request', message: error.message }])),
    );
    parser.on('close', () => {
      if (pictures.length > 0) Promise.all(pictures).then(resolve, fail);
      else reject(invalidRequest([{ where: field, message: 'is missing' }]));
    });
    request.once('aborted', () => fail(brokeOff('The form')));
    request.pipe(parser);
  });
}

function busboyFor(request: Request): busboy.Busboy {
  try {
    return busboy({ headers: request.headers, limits: { fields: 0 } });
  } catch (error) {
    throw invalidRequest([{ where: 'request', message: (error as Error).message }]);
  }
}

/** What a picture is called in errors. */
export function nameIn(pictures: readonly unknown[]): (index: number) => string {
  return (index) => (pictures.length > 1 ? nameOf(index) : field);
}

function nameOf(index: number): string {
  return `${field}[${index}]`;
}
