import { join } from 'node:path';
import {
  openSafetensors,
  safetensorsMetadata,
  type WeightsSource,
  type WeightsTensor,
  writeSafetensors,
} from '@coatrack/models';
import { openClassifier } from './classifier-network';
import { factsOf, type Exporter, type Exporting } from './exporter';

const pathOf = ({ folder }: Exporting) => join(folder, 'model.safetensors');

/** Exports the weights in timm's names and PyTorch's layouts; everything else goes into the metadata. */
export const safetensorsExporter: Exporter = {
  contentType: 'application/octet-stream',
  extension: '.safetensors',

  async write(exporting) {
    const { version, weights } = exporting;
    const { labels, preprocessing, licence, source } = factsOf(version);
    const { architecture } = version;
    const metadata = safetensorsMetadata({ architecture, labels, preprocessing, licence, source });
    const tensors = [...weights.tensors.keys()].map((name) => tensorOf(weights, name));
    await writeSafetensors(pathOf(exporting), tensors, metadata, exporting.guard);
  },

  async open(exporting) {
    const file = await openSafetensors(pathOf(exporting));
    try {
      return await openClassifier(exporting.architecture, file, exporting.version);
    } finally {
      await file.close();
    }
  },

  pack: async (exporting) => pathOf(exporting),
};

/** Returns a tensor in single precision, except counters, which stay integers. */
function tensorOf(weights: WeightsSource, name: string): WeightsTensor {
  const { dtype, shape } = weights.tensors.get(name)!;
  if (dtype !== 'I64') return { name, shape, dtype: 'F32', data: () => weights.read(name) };
  const data = async () => BigInt64Array.from(await weights.read(name), BigInt);
  return { name, shape, dtype, data };
}
