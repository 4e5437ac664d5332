import { openSafetensors } from '../../weights/safetensors-reader';
import { type OwnDescription, ownDescription } from '../own-description';
import type { WeightsReader } from '../weights-format';

/** Reads files with timm's or torchvision's names, as on the Hugging Face Hub. */
export const safetensors: WeightsReader = {
  format: 'safetensors',
  severalFiles: false,
  sharded: true,
  // Eight bytes for the length precede the header's JSON.
  recognizes: ({ first }) => first.length > 8 && first[8] === '{'.charCodeAt(0),
  open: async ([{ path }]) => {
    const { metadata, ...file } = await openSafetensors(path);
    return { ...file, format: 'safetensors', described: describedBy(metadata) };
  },
};

/** Reads the metadata, unless another program has written it with the same keys. */
function describedBy(metadata: Readonly<Record<string, string>>): OwnDescription {
  try {
    return ownDescription(new Map(Object.entries(metadata)));
  } catch (error) {
    if (error instanceof RangeError) return {};
    throw error;
  }
}
