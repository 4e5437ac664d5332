import type { Request } from 'express';
import { DomainError } from '../../../platform/errors/domain-error';
import { invalidRequest } from '../../../platform/errors/invalid-request';
import type { HeldBody } from '../../../platform/http/body-memory';
import { collect, readBody, tooLarge } from '../../../platform/http/collect';
import { isForm, readForm } from '../../../platform/forms/multipart';
import { largeBytes, type SideThread } from '../../../platform/http/side-thread';
import { picturesOfJson } from './images-of-json';

const field = 'image';
/** Of a form, which are passed over. */
const otherParts = 20;
const maxTextBytes = 4096;
const jsonWork = { filename: require.resolve('./images-of-json'), name: 'inThread' };

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
  if (isForm(request)) return readPicturesOfForm(request, limits, held);
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

async function readPicturesOfForm(
  request: Request,
  limits: PictureLimits,
  held: HeldBody,
): Promise<Buffer[]> {
  const pictures: Promise<Buffer>[] = [];
  let bytes = 0;
  await readForm(request, {
    parts: limits.pictures + otherParts,
    fieldSize: maxTextBytes,
    takeField: (name) => {
      if (name !== field) return;
      throw invalidRequest([{ where: field, message: 'must be a file part of the form' }]);
    },
    async takeFile(name, stream) {
      const isFull = pictures.length === limits.pictures;
      if (name !== field || isFull) {
        stream.resume();
        const message = isFull
          ? `came more than ${limits.pictures} times`
          : `unknown; the pictures are "${field}"`;
        throw invalidRequest([{ where: name, message }]);
      }
      const counted = {
        add: (more: number) => {
          bytes += more;
          if (bytes > limits.body) throw tooLarge('The body', limits.body);
          held.add(more);
        },
      };
      const picture = collect(stream, {
        limit: limits.picture,
        what: 'The picture',
        held: counted,
      });
      pictures.push(picture);
      await picture;
    },
  });
  if (pictures.length === 0) throw invalidRequest([{ where: field, message: 'is missing' }]);
  return Promise.all(pictures);
}

/** What a picture is called in errors. */
export function nameIn(pictures: readonly unknown[]): (index: number) => string {
  return (index) => (pictures.length > 1 ? nameOf(index) : field);
}

function nameOf(index: number): string {
  return `${field}[${index}]`;
}
