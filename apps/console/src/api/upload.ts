import { ApiError } from './api-error';
import { apiHref, refusal, type Answer, type Params, type PostPath } from './client';
import { proofHeaders } from './session-proof';

export interface UploadOptions {
  /** Called with the share of the form that has been sent, in [0, 1]. */
  onProgress(fraction: number): void;
  signal: AbortSignal;
}

/**
 * POSTs a form and reports its progress, which fetch cannot.
 * @throws ApiError with the API's problems; DOMException AbortError when the signal fires
 */
export function upload<P extends PostPath>(
  path: P,
  params: Params<P, 'post'>,
  form: FormData,
  options: UploadOptions,
): Promise<Answer<P, 'post'>> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', apiHref<P, 'post'>(path, params));
    for (const [name, value] of Object.entries(proofHeaders())) {
      request.setRequestHeader(name, value);
    }
    request.upload.onprogress = ({ loaded, total }) => options.onProgress(loaded / total);
    request.onload = () => {
      if (request.status < 300)
        return resolve(JSON.parse(request.responseText) as Answer<P, 'post'>);
      reject(refusal(request.status, request.responseText));
    };
    request.onerror = () =>
      reject(
        new ApiError(0, 'CONNECTION_LOST', 'The connection was lost during the upload. Try again.'),
      );
    request.onabort = () => reject(new DOMException('The upload was stopped.', 'AbortError'));
    options.signal.addEventListener('abort', () => request.abort());
    request.send(form);
  });
}
