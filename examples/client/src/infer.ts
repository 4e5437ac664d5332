import { answerOf, type Coatrack } from './client';
import type { components } from './schema';

type InferenceRequest = components['schemas']['V2InferenceRequest'];
type InferenceResponse = components['schemas']['V2InferenceResponse'];

const jsonLengthHeader = 'Inference-Header-Content-Length';

/** Open Inference Protocol, all JSON: images in base64, the best classes as "probability:index:label". */
export async function classify(
  client: Coatrack,
  model: string,
  images: readonly Buffer[],
  classes: number,
): Promise<string[][]> {
  const answer = await client.POST('/v2/models/{name}/infer', {
    params: { path: { name: model } },
    body: {
      inputs: [
        {
          name: 'encoded_images',
          datatype: 'BYTES',
          shape: [images.length],
          data: images.map((image) => image.toString('base64')),
        },
      ],
      outputs: [{ name: 'probabilities', parameters: { classification: classes } }],
    },
  });
  const { outputs } = answerOf(answer) as InferenceResponse;
  const texts = outputs[0]?.data?.map(String) ?? [];
  return images.map((_, index) => texts.slice(index * classes, (index + 1) * classes));
}

/** Open Inference Protocol with binary tensors: no base64, no text for numbers. */
export async function logits(
  client: Coatrack,
  model: string,
  images: readonly Buffer[],
): Promise<Float32Array[]> {
  const tensor = Buffer.concat(images.flatMap((image) => [lengthOf(image), image]));
  const request: InferenceRequest = {
    inputs: [
      {
        name: 'encoded_images',
        datatype: 'BYTES',
        shape: [images.length],
        parameters: { binary_data_size: tensor.length },
      },
    ],
    outputs: [{ name: 'logits', parameters: { binary_data: true } }],
  };
  const json = Buffer.from(JSON.stringify(request));
  const answer = await client.POST('/v2/models/{name}/infer', {
    params: { path: { name: model }, header: { [jsonLengthHeader]: json.length } },
    headers: { 'Content-Type': 'application/octet-stream' },
    body: new Blob([json, new Uint8Array(tensor)]),
    bodySerializer: (body) => body as Blob,
    parseAs: 'arrayBuffer',
  });
  const bytes = answerOf<ArrayBuffer>(answer);
  const jsonLength = Number(answer.response.headers.get(jsonLengthHeader));
  const { outputs }: InferenceResponse = JSON.parse(
    Buffer.from(bytes, 0, jsonLength).toString('utf8'),
  );
  const [, classes = 0] = outputs[0]?.shape ?? [];
  const values = new Float32Array(bytes.slice(jsonLength));
  return images.map((_, index) => values.slice(index * classes, (index + 1) * classes));
}

/** A BYTES element's length: 4 bytes, little-endian. */
function lengthOf(element: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(element.length);
  return length;
}
