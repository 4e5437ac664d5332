import { ApiError } from './api-error';
import { apiPath, toLogin } from './client';
import { proofHeaders } from './session-proof';

/**
 * POSTs a form and reports how much of it has been sent, in [0, 1]; fetch cannot tell that.
 * @throws ApiError with the API's problems; DOMException AbortError when the signal fires
 */
export function upload<T>(
  relative: string,
  form: FormData,
  options: { onProgress(fraction: number): void; signal: AbortSignal },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', apiPath(relative));
    for (const [name, value] of Object.entries(proofHeaders())) {
      request.setRequestHeader(name, value);
    }
    request.upload.onprogress = ({ loaded, total }) => options.onProgress(loaded / total);
    request.onload = () => {
      if (request.status < 300) return resolve(JSON.parse(request.responseText) as T);
      if (request.status === 401) toLogin();
      reject(ApiError.from(request.status, request.responseText));
    };
    request.onerror = () =>
      reject(
        new ApiError(0, 'CONNECTION_LOST', 'The connection broke while uploading. Try again.'),
      );
    request.onabort = () => reject(new DOMException('The upload was stopped.', 'AbortError'));
    options.signal.addEventListener('abort', () => request.abort());
    request.send(form);
  });
}
