import { openSafetensors } from '../../weights/safetensors-reader';
import { type OwnDescription, ownDescription } from '../own-description';
import type { WeightsReader } from '../weights-format';

/** Files in timm's or torchvision's names, as the Hugging Face Hub has them. */
export const safetensors: WeightsReader = {
  format: 'safetensors',
  severalFiles: false,
  sharded: true,
  // Eight bytes of length, then the header's JSON.
  recognizes: ({ first }) => first.length > 8 && first[8] === '{'.charCodeAt(0),
  open: async ([{ path }]) => {
    const { metadata, ...file } = await openSafetensors(path);
    return { ...file, format: 'safetensors', described: describedBy(metadata) };
  },
};

/** What another program has written under the same names says nothing here. */
function describedBy(metadata: Readonly<Record<string, string>>): OwnDescription {
  try {
    return ownDescription(new Map(Object.entries(metadata)));
  } catch (error) {
    if (error instanceof RangeError) return {};
    throw error;
  }
}
