/** The k likeliest labels, likeliest first. */
export function topK(
  probabilities: Float32Array,
  labels: readonly string[],
  k: number,
): { label: string; probability: number }[] {
  return labels
    .map((label, index) => ({ label, probability: probabilities[index]! }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, k);
}
