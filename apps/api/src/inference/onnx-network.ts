import { onnxInput, onnxOutput } from '@coatrack/models';
import { env, InferenceSession, Tensor } from 'onnxruntime-node';

/** An ONNX classifier in ONNX Runtime. */
export interface OnnxNetwork {
  /** What runs it, with its version. */
  runtime: string;
  /**
   * @param images [batch, imageSize, imageSize, 3], normalised
   * @returns logits [batch, classes]
   */
  run(images: Float32Array, batch: number): Promise<Float32Array>;
  close(): Promise<void>;
}

/** @param threads to compute on; left out, one for each core */
export async function openOnnx(path: string, threads?: number): Promise<OnnxNetwork> {
  const session = await InferenceSession.create(path, {
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
  });
  return {
    runtime: `ONNX Runtime ${env.versions.node}`,
    async run(images, batch) {
      const side = Math.sqrt(images.length / batch / 3);
      const pixels = new Tensor('float32', channelsFirst(images, batch), [batch, 3, side, side]);
      const { [onnxOutput]: logits } = await session.run({ [onnxInput]: pixels });
      return logits!.data as Float32Array;
    },
    close: () => session.release(),
  };
}

/** @param images [batch, height, width, 3] → [batch, 3, height, width] */
export function channelsFirst(images: Float32Array, batch: number): Float32Array {
  const planes = new Float32Array(images.length);
  const positions = images.length / batch / 3;
  for (let picture = 0; picture < batch; picture++) {
    const start = picture * positions * 3;
    for (let position = 0; position < positions; position++) {
      for (let channel = 0; channel < 3; channel++) {
        planes[start + channel * positions + position] = images[start + position * 3 + channel]!;
      }
    }
  }
  return planes;
}
