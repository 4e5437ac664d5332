import { move, transferableSymbol, valueSymbol } from 'piscina';
import { ImageError } from '../image-error';
import type { Preprocessing } from '../preprocessing';
import { type DecodedImage, decodeToResize } from '../resize/resize';
import { renderView } from './render-view';
import type { View } from './view';

export interface ImageTask {
  source: { encoded: Uint8Array } | { decoded: DecodedImage };
  preprocessing: Preprocessing;
  view: View;
  /** whether to return the decoded image as well */
  keep: boolean;
}

export interface RenderedView {
  /** [imageSize, imageSize, 3], normalised */
  values: Float32Array;
  /** where it was decoded and is to be kept: in memory that all threads share */
  decoded?: DecodedImage;
}

/** Errors lose their class between threads. */
export type ImageOutcome = RenderedView | { refused: { message: string; kind: string } };

/**
 * Decodes an image unless that was done before, and renders a view of it.
 * @returns an ImageOutcome, whose values are moved rather than copied
 */
export default async function work(task: ImageTask): Promise<unknown> {
  try {
    return moved(await render(task));
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    const { message, kind } = error;
    return { refused: { message, kind } } satisfies ImageOutcome;
  }
}

async function render({ source, preprocessing, view, keep }: ImageTask): Promise<RenderedView> {
  if ('decoded' in source) return { values: renderView(source.decoded, { preprocessing, view }) };
  const decoded = await decodeToResize(source.encoded, preprocessing);
  const values = renderView(decoded, { preprocessing, view });
  return keep ? { values, decoded: shared(decoded) } : { values };
}

function moved(rendered: RenderedView): unknown {
  return move({
    [transferableSymbol]: [rendered.values.buffer],
    [valueSymbol]: rendered,
  } as never);
}

function shared(decoded: DecodedImage): DecodedImage {
  const { data, width, height } = decoded.pixels;
  const copy = new Uint8Array(new SharedArrayBuffer(data.length));
  copy.set(data);
  return { ...decoded, pixels: { data: copy, width, height } };
}
