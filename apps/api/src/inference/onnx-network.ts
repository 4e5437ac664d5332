import type { OnnxClassifier } from '@coatrack/models';
import { env, InferenceSession, Tensor } from 'onnxruntime-node';

/** The runtime with its version. */
export const onnxRuntime = `ONNX Runtime ${env.versions.node}`;

/** An ONNX classifier in ONNX Runtime. */
export interface OnnxNetwork {
  /**
   * @param images [batch, imageSize, imageSize, 3], normalised
   * @returns what the graph gives: [batch, classes]
   */
  run(images: Float32Array, batch: number): Promise<Float32Array>;
  close(): Promise<void>;
}

/**
 * Loads the graph; its file is not needed any more afterwards.
 * @param threads to compute on; left out, one for each core
 */
export async function openOnnx(
  path: string,
  { input, output }: Pick<OnnxClassifier, 'input' | 'output'>,
  threads?: number,
): Promise<OnnxNetwork> {
  const session = await InferenceSession.create(path, {
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
  });
  return {
    async run(images, batch) {
      const side = Math.sqrt(images.length / batch / 3);
      const pixels =
        input.layout === 'NHWC'
          ? new Tensor('float32', images, [batch, side, side, 3])
          : new Tensor('float32', channelsFirst(images, batch), [batch, 3, side, side]);
      const { [output.name]: result } = await session.run({ [input.name]: pixels });
      return result!.data as Float32Array;
    },
    close: () => session.release(),
  };
}

/** @param images [batch, height, width, 3] → [batch, 3, height, width] */
function channelsFirst(images: Float32Array, batch: number): Float32Array {
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
