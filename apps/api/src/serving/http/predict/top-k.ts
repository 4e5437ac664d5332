/** Where the k highest values are, highest first; of equals the first. */
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

/** The k likeliest labels, likeliest first; of equals the first. */
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
