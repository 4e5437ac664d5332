import { openSafetensors } from '../weights/safetensors-reader';
import type { WeightsReader } from './weights-format';

/** Files in timm's or torchvision's names, as the Hugging Face Hub has them. */
export const safetensors: WeightsReader = {
  format: 'safetensors',
  severalFiles: false,
  // Eight bytes of length, then the header's JSON.
  recognizes: ({ first }) => first.length > 8 && first[8] === '{'.charCodeAt(0),
  open: async ([{ path }]) => {
    return { ...(await openSafetensors(path)), format: 'safetensors' };
  },
};
