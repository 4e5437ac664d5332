import { z } from 'zod';
import { parseOrFail } from '../../../platform/errors/invalid-request';
import { isBase64 } from '../../../platform/http/text';
import { forThread } from '../../../platform/http/for-thread';
import { parseJson } from '../../../platform/http/parse-json';

const base64 = z.string().refine(isBase64, 'must be in base64');

/** A valid body has a few long strings, never many parts. */
const jsonLimits = { nestings: 10_000, values: 10_000 };

/**
 * Returns the encoded images of a body `{"images": […]}`, in base64.
 * @param mostImages maximum number of images
 * @throws DomainError INVALID_JSON, INVALID_REQUEST, TOO_LARGE
 */
export function imagesOfJson(body: Uint8Array, mostImages: number): Uint8Array[] {
  const schema = z.strictObject({ images: z.array(base64).min(1).max(mostImages) });
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const { images } = parseOrFail(schema, parseJson(bytes, jsonLimits), 'body');
  return images.map((image) => Buffer.from(image, 'base64'));
}

export const inThread = forThread(
  ({ body, mostImages }: { body: Uint8Array; mostImages: number }) =>
    imagesOfJson(body, mostImages),
  (images) => images,
);
