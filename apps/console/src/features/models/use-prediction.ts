import useSWR from 'swr';
import { answerOf, client } from '@/api/client';

/** Runs a version on an image, and again whenever the version changes, so that versions can be compared. */
export function usePrediction(model: string, version: number, image: File | undefined) {
  return useSWR(
    image && ['predict', model, version, image],
    () => predict(model, version, image!),
    {
      revalidateOnFocus: false,
      revalidateOnReconnect: false,
      shouldRetryOnError: false,
    },
  );
}

const predict = (name: string, version: number, image: File) =>
  answerOf(
    client.POST('/models/{name}/predict', {
      params: { path: { name }, query: { version, topK: 5 } },
      // The generated type of binary bodies is string, hence the cast.
      body: image as never,
      bodySerializer: () => image,
      headers: { 'content-type': image.type || 'application/octet-stream' },
    }),
  );
