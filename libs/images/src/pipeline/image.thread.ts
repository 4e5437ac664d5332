import { ImageError } from '../image-error';
import type { Preprocessing } from '../preprocessing';
import type { DecodedImage } from '../resize/resize';
import { decodeForView, renderView } from './render-view';
import type { View } from './view';

export interface ImageTask {
  preprocessing: Preprocessing;
  /** [images, imageSize, imageSize, 3], in memory shared by all threads; filled, normalised */
  target: Float32Array;
  /** in the target's order */
  images: readonly ImageToRender[];
}

export interface ImageToRender {
  source: { encoded: Uint8Array } | { decoded: DecodedImage };
  view: View;
  /** whether to return the decoded image */
  keep: boolean;
}

/** The outcome for one image. Errors are plain data, because an error loses its class between threads. */
export type ImageOutcome =
  | {
      /** the decoded image if it was decoded and should be kept: in memory shared by all threads */
      decoded?: DecodedImage;
    }
  | { refused: { message: string; kind: string } };

/** Decodes images that are not decoded yet, and renders a view of each. */
export default function work({ preprocessing, target, images }: ImageTask) {
  const length = preprocessing.imageSize ** 2 * 3;
  return Promise.all(
    images.map((image, row) => {
      const own = target.subarray(row * length, (row + 1) * length);
      return outcomeOf(() => render(image, preprocessing, own));
    }),
  );
}

async function render(
  { source, view, keep }: ImageToRender,
  preprocessing: Preprocessing,
  target: Float32Array,
): Promise<ImageOutcome> {
  if ('decoded' in source) {
    renderView(source.decoded, { preprocessing, view }, target);
    return {};
  }
  const decoded = await decodeForView(source.encoded, { preprocessing, view, keep });
  renderView(decoded, { preprocessing, view }, target);
  return keep ? { decoded: shared(decoded) } : {};
}

async function outcomeOf(run: () => Promise<ImageOutcome>): Promise<ImageOutcome> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    const { message, kind } = error;
    return { refused: { message, kind } };
  }
}

function shared(decoded: DecodedImage): DecodedImage {
  const { data, width, height } = decoded.pixels;
  const copy = new Uint8Array(new SharedArrayBuffer(data.length));
  copy.set(data);
  return { ...decoded, pixels: { data: copy, width, height } };
}
