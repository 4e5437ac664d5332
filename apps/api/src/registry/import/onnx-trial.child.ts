import { readOnnxClassifier } from '@coatrack/models';
import { openOnnx } from '../../platform/onnx-runtime/onnx-network';

export interface TrialRequest {
  path: string;
  /** Image side to use if the graph accepts any. */
  imageSize: number;
}

export interface TrialAnswer {
  /** Why the graph cannot be used; omitted if it runs. */
  wrong?: string;
}

/** Batch size; a single image would not reveal a graph that mixes images. */
const usualBatch = 2;

async function tryRun({ path, imageSize }: TrialRequest): Promise<void> {
  const classifier = await readOnnxClassifier(path);
  const network = await openOnnx(path, classifier, { threads: 1 });
  const batch = classifier.batch ?? usualBatch;
  const side = classifier.imageSize ?? imageSize;
  const images = new Float32Array(batch * 3 * side * side).fill(0.5);
  await network.run(images, batch, { features: classifier.features !== null });
  await network.close();
}

process.once('message', (request: TrialRequest) => {
  tryRun(request)
    .then(
      (): TrialAnswer => ({}),
      (error: unknown): TrialAnswer => ({
        wrong: error instanceof Error ? error.message : String(error),
      }),
    )
    .then((answer) => process.send!(answer));
});
