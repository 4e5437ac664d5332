import type { Preprocessing } from '@coatrack/models';

export declare function decodePicture(
  bytes: Uint8Array,
  options?: { maxPixels?: number },
): Promise<{ data: Uint8Array; width: number; height: number }>;
export declare function preprocess(
  bytes: Uint8Array,
  preprocessing: Preprocessing,
): Promise<Float32Array>;
export declare class PictureError extends Error {}
