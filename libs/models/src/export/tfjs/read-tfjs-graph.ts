import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { io } from '@tensorflow/tfjs-core';
import { modelFile } from './write-files';

/**
 * Reads an exported graph model from its folder, for `loadGraphModel` outside a browser.
 * @param folder that exportTfjsGraph wrote
 */
export function readTfjsGraph(folder: string): io.IOHandler {
  return {
    load: async () => {
      const model = JSON.parse(await readFile(join(folder, modelFile), 'utf8')) as io.ModelJSON;
      const { weightsManifest, ...rest } = model;
      const weightData: ArrayBuffer[] = [];
      for (const path of weightsManifest.flatMap(({ paths }) => paths)) {
        const { buffer, byteOffset, byteLength } = await readFile(join(folder, path));
        weightData.push(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer);
      }
      return {
        ...rest,
        weightSpecs: weightsManifest.flatMap(({ weights }) => weights),
        weightData,
      };
    },
  };
}
