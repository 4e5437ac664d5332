import { join } from 'node:path';
import { exportOnnx, readOnnxClassifier } from '@coatrack/models';
import { channelsFirst } from '../../../platform/onnx-runtime/arrays';
import { onnxRuntime, openOnnx } from '../../../platform/onnx-runtime/onnx-network';
import { factsOf, type Exporter, type Exporting } from './exporter';

const pathOf = ({ folder }: Exporting) => join(folder, 'model.onnx');

export const onnxExporter: Exporter = {
  contentType: 'application/octet-stream',
  extension: '.onnx',

  write: (exporting) =>
    exportOnnx(exporting.architecture, exporting.weights, {
      ...factsOf(exporting.version),
      precision: exporting.precision,
      path: pathOf(exporting),
      guard: exporting.guard,
    }),

  async open(exporting) {
    const path = pathOf(exporting);
    const network = await openOnnx(path, await readOnnxClassifier(path));
    return {
      runtime: onnxRuntime(network.provider),
      run: async (images, batch) =>
        (await network.run(channelsFirst(images, batch), batch)).outputs,
      close: network.close,
    };
  },

  pack: async (exporting) => pathOf(exporting),
};
