import type { Request } from 'express';
import { DomainError } from '../../../platform/errors/domain-error';
import { invalidRequest } from '../../../platform/errors/invalid-request';
import type { HeldBody } from '../../../platform/http/body-memory';
import { collect, readBody, tooLarge } from '../../../platform/http/collect';
import { isForm, readForm } from '../../../platform/forms/multipart';
import { largeBytes, type SideThread } from '../../../platform/http/side-thread';
import { unknownFields } from '../../../platform/errors/unknown-fields';
import { imagesOfJson } from './images-of-json';
import { PredictQuery } from './predict.dto';

const field = 'image';
const maxTextBytes = 4096;
const jsonWork = { filename: require.resolve('./images-of-json'), name: 'inThread' };

interface ImageLimits {
  /** Maximum bytes of one image. */
  imageBytes: number;
  /** Maximum bytes of a whole body. */
  body: number;
  images: number;
}

/** Dependencies of reading bodies. */
interface ReadingTools {
  held: HeldBody;
  thread: SideThread;
}

/**
 * Returns the encoded images in a request, in order: a raw body of an image type, multipart fields `image`, or base64 in
 * JSON as `{"images": […]}`.
 * @throws DomainError TOO_LARGE, QUEUE_FULL, UNSUPPORTED_MEDIA_TYPE, INVALID_REQUEST, INVALID_JSON
 */
export async function readImages(
  request: Request,
  limits: ImageLimits,
  tools: ReadingTools,
): Promise<Uint8Array[]> {
  const type = request.headers['content-type']?.toLowerCase() ?? '';
  const images = await readBy(type, request, limits, tools);
  images.forEach((image, index) => {
    if (image.length === 0) throw invalidRequest([{ where: nameOf(index), message: 'is empty' }]);
    if (image.length > limits.imageBytes) throw tooLarge('The image', limits.imageBytes);
  });
  return images;
}

async function readBy(
  type: string,
  request: Request,
  limits: ImageLimits,
  { held, thread }: ReadingTools,
): Promise<Uint8Array[]> {
  if (isForm(request)) return readImagesOfForm(request, limits, held);
  if (/^application\/json\b/.test(type)) {
    const body = await readBody(request, { limit: limits.body, what: 'The body', held });
    const mostImages = limits.images;
    if (body.length <= largeBytes) return imagesOfJson(body, mostImages);
    return thread.run(jsonWork, { body, mostImages }, body);
  }
  if (/^(image\/|application\/octet-stream\b)/.test(type)) {
    return [await readBody(request, { limit: limits.imageBytes, what: 'The image', held })];
  }
  throw new DomainError(
    'UNSUPPORTED_MEDIA_TYPE',
    'Send one image as the body with its own Content-Type (image/…); send one or more as fields ' +
      `"${field}" of multipart/form-data, or as {"images": ["<base64>", …]} in application/json.`,
  );
}

async function readImagesOfForm(
  request: Request,
  limits: ImageLimits,
  held: HeldBody,
): Promise<Buffer[]> {
  const images: Promise<Buffer>[] = [];
  let bytes = 0;
  await readForm(request, {
    // One more than there may be, so that it is the images that are said to be too many.
    parts: limits.images + 1,
    fieldSize: maxTextBytes,
    takeField: (name) => {
      const message = name === field ? 'must be a file part of the form' : unknownPart(name);
      throw invalidRequest([{ where: name, message }]);
    },
    async takeFile(name, stream) {
      const isFull = images.length === limits.images;
      if (name !== field || isFull) {
        stream.resume();
        const message = isFull ? `occurs more than ${limits.images} times` : unknownPart(name);
        throw invalidRequest([{ where: name, message }]);
      }
      const counted = {
        add: (more: number) => {
          bytes += more;
          if (bytes > limits.body) throw tooLarge('The body', limits.body);
          held.add(more);
        },
      };
      const image = collect(stream, {
        limit: limits.imageBytes,
        what: 'The image',
        held: counted,
      });
      images.push(image);
      await image;
    },
  });
  if (images.length === 0) throw invalidRequest([{ where: field, message: 'is missing' }]);
  return Promise.all(images);
}

function unknownPart(name: string): string {
  const options = Object.keys(PredictQuery.schema.shape).join(', ');
  return `${unknownFields([name], [field])}; the query takes ${options}`;
}

/** Names an image in errors. */
export function nameIn(images: readonly unknown[]): (index: number) => string {
  return (index) => (images.length > 1 ? nameOf(index) : field);
}

function nameOf(index: number): string {
  return `${field}[${index}]`;
}
