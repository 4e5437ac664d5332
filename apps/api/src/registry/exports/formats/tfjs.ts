import { createWriteStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { exportTfjsGraph, guardedBytes, readTfjsGraph } from '@coatrack/models';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import type { Tensor } from '@tensorflow/tfjs-core';
import { ZipFile } from 'yazl';
import { tensorFlowNetwork } from './classifier-network';
import { factsOf, type Exporter, type Exporting } from './exporter';

const graphFolder = ({ folder }: Exporting) => join(folder, 'model');

/** Exports a zip of `model.json`, which includes labels and preprocessing, and its shards. */
export const tfjsExporter: Exporter = {
  contentType: 'application/zip',
  extension: '-tfjs.zip',

  write: (exporting) =>
    exportTfjsGraph(exporting.architecture, exporting.weights, {
      ...factsOf(exporting.version),
      precision: exporting.precision,
      folder: graphFolder(exporting),
      guard: exporting.guard,
    }),

  async open(exporting) {
    const { imageSize } = exporting.version.preprocessing;
    const model = await loadGraphModel(readTfjsGraph(graphFolder(exporting)));
    return tensorFlowNetwork({
      imageSize,
      predict: (images) => model.execute(images) as Tensor,
      dispose: () => model.dispose(),
    });
  },

  async pack(exporting) {
    const path = join(exporting.folder, 'model.zip');
    const zip = new ZipFile();
    for (const name of (await readdir(graphFolder(exporting))).sort()) {
      // Weights hardly compress; a fixed time makes equal exports byte-identical.
      const options = { compress: name.endsWith('.json'), mtime: new Date(0) };
      zip.addFile(join(graphFolder(exporting), name), name, options);
    }
    zip.end();
    const guarded = (source: AsyncIterable<unknown>) =>
      guardedBytes(source as AsyncIterable<Buffer>, exporting.guard);
    await pipeline(zip.outputStream, guarded, createWriteStream(path));
    return path;
  },
};
