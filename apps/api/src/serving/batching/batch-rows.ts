import type { Part } from './batch-queue';
import type { ImageBuffers } from './image-buffers';
import type { Waiting } from './engine-slot';

/** Joins the parts' images into one array and returns arrays that are no longer needed to `buffers`. */
export function gather(parts: Part<Waiting>[], buffers: ImageBuffers): Float32Array {
  const pieces = parts.map(({ entry: { images, count: all }, from, count }) => {
    const size = images.length / all;
    return images.subarray(from * size, (from + count) * size);
  });
  const [first] = pieces;
  // A request's own array is used directly if it fills its buffer.
  if (pieces.length === 1 && first!.byteLength === first!.buffer.byteLength) return first!;
  const images = buffers.joined(pieces);
  for (const { entry } of parts) if (entry.taken === entry.count) buffers.give(entry.images);
  return images;
}

/** Hands each entry its share of the outputs and resolves the entries that are complete. */
export function spread(
  parts: Part<Waiting>[],
  images: number,
  { outputs, features }: { outputs: Float32Array; features?: Float32Array },
): void {
  let at = 0;
  for (const { entry, from, count } of parts) {
    const { result } = entry;
    const rows = { images, at, count, from, of: entry.count };
    result.outputs = placed(result.outputs, outputs, rows);
    if (features && entry.wantsFeatures) {
      result.features = placed(result.features, features, rows);
    }
    at += count;
    entry.done += count;
    if (entry.done < entry.count) continue;
    entry.place.finished(entry);
    entry.resolve(result);
  }
}

/** Copies a batch's rows to their place in the request's array, which is allocated with the first rows. */
function placed(
  target: Float32Array | undefined,
  rows: Float32Array,
  { images, at, count, from, of }: Record<'images' | 'at' | 'count' | 'from' | 'of', number>,
): Float32Array {
  const width = rows.length / images;
  const all = target?.length ? target : new Float32Array(of * width);
  all.set(rows.subarray(at * width, (at + count) * width), from * width);
  return all;
}
