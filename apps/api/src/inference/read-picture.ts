import busboy from 'busboy';
import type { Request } from 'express';
import type { Readable } from 'node:stream';
import { DomainError } from '../errors/domain-error';
import { invalidRequest } from '../errors/invalid-request';

const field = 'image';

/**
 * The encoded picture in a request: a raw body of an image type, or the multipart field `image`.
 * @param limit largest size in bytes
 * @throws DomainError TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, INVALID_REQUEST
 */
export async function readPicture(request: Request, limit: number): Promise<Buffer> {
  const type = request.headers['content-type']?.toLowerCase() ?? '';
  const picture = type.startsWith('multipart/form-data')
    ? await readField(request, limit)
    : await readBody(request, type, limit);
  if (picture.length === 0) throw invalidRequest([{ where: field, message: 'is empty' }]);
  return picture;
}

async function readBody(request: Request, type: string, limit: number): Promise<Buffer> {
  if (!type.startsWith('image/') && !type.startsWith('application/octet-stream')) {
    throw new DomainError(
      'UNSUPPORTED_MEDIA_TYPE',
      'Send the picture as the body with its own Content-Type (image/…), ' +
        `or as the field "${field}" of multipart/form-data.`,
    );
  }
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
  return collect(request, limit);
}

async function readField(request: Request, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let picture: Promise<Buffer> | undefined;
    const parser = busboyFor(request);
    const fail = (error: Error) => {
      request.unpipe(parser);
      request.resume();
      reject(error);
    };
    parser.on('file', (name, file) => {
      if (name !== field || picture) {
        file.resume();
        const message = picture ? 'was sent twice' : `unknown; the picture is "${field}"`;
        fail(invalidRequest([{ where: name, message }]));
        return;
      }
      picture = collect(file, limit);
      picture.catch(fail);
    });
    parser.on('error', (error: Error) =>
      fail(invalidRequest([{ where: 'request', message: error.message }])),
    );
    parser.on('close', () => {
      if (picture) resolve(picture);
      else reject(invalidRequest([{ where: field, message: 'is missing' }]));
    });
    request.once('aborted', () => fail(brokeOff()));
    request.pipe(parser);
  });
}

function busboyFor(request: Request): busboy.Busboy {
  try {
    return busboy({ headers: request.headers, limits: { files: 2, fields: 0, parts: 2 } });
  } catch (error) {
    throw invalidRequest([{ where: 'request', message: (error as Error).message }]);
  }
}

async function collect(stream: Readable, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
      bytes += (chunk as Buffer).length;
      if (bytes > limit) break;
      chunks.push(chunk as Buffer);
    }
  } catch {
    throw brokeOff();
  }
  if (bytes > limit) {
    stream.resume();
    throw tooLarge(limit);
  }
  return Buffer.concat(chunks, bytes);
}

function brokeOff(): DomainError {
  return invalidRequest([{ where: field, message: 'broke off before its end' }]);
}

function tooLarge(limit: number): DomainError {
  return new DomainError('TOO_LARGE', `The picture has more than ${limit} bytes.`);
}
