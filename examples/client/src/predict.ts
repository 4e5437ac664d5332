import { answerOf, type Coatrack } from './client';

/** The likeliest labels of one encoded image: its bytes are the body. */
export async function predict(client: Coatrack, model: string, image: Buffer, topK: number) {
  const answer = await client.POST('/api/v1/models/{name}/predict', {
    params: { path: { name: model }, query: { topK } },
    headers: { 'Content-Type': 'application/octet-stream' },
    body: new Blob([new Uint8Array(image)]),
    bodySerializer: (body) => body as Blob,
  });
  return answerOf(answer).results.flatMap(({ predictions }) => predictions);
}
