/** @param logits [classes] → probabilities [classes] */
export function softmax(logits: Float32Array): Float32Array {
  // Plain loops: with 21,841 classes, array methods would block the event loop for a millisecond.
  let highest = -Infinity;
  for (let at = 0; at < logits.length; at++) highest = Math.max(highest, logits[at]!);
  const powers = new Float32Array(logits.length);
  let sum = 0;
  for (let at = 0; at < logits.length; at++) {
    powers[at] = Math.exp(logits[at]! - highest);
    sum += powers[at]!;
  }
  for (let at = 0; at < powers.length; at++) powers[at]! /= sum;
  return powers;
}

/** Returns the indices of the k highest values, highest first; equal values in index order. */
export function topIndices(values: Float32Array, k: number): number[] {
  const best: number[] = [];
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (best.length === k && value <= values[best[k - 1]!]!) continue;
    let at = best.length;
    while (at > 0 && values[best[at - 1]!]! < value) at--;
    best.splice(at, 0, index);
    if (best.length > k) best.pop();
  }
  return best;
}

/** Returns the k most likely labels, most likely first; equal ones in index order. */
export function topK(
  probabilities: Float32Array,
  labels: readonly string[],
  k: number,
): { label: string; probability: number }[] {
  return topIndices(probabilities, k).map((index) => ({
    label: labels[index]!,
    probability: probabilities[index]!,
  }));
}
