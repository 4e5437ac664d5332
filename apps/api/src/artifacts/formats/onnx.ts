import { join } from 'node:path';
import { exportOnnx } from '@coatrack/models';
import { openOnnx } from '../../inference/onnx-network';
import { factsOf } from './export-facts';
import type { Exporter, Exporting } from './exporter';

const pathOf = ({ folder }: Exporting) => join(folder, 'model.onnx');

export const onnxExporter: Exporter = {
  contentType: 'application/octet-stream',
  extension: '.onnx',

  write: (exporting) =>
    exportOnnx(exporting.architecture, exporting.weights, {
      ...factsOf(exporting.version),
      precision: exporting.precision,
      path: pathOf(exporting),
    }),

  open: (exporting) => openOnnx(pathOf(exporting)),

  pack: async (exporting) => pathOf(exporting),
};
