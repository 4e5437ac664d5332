/** The k likeliest labels, likeliest first; of equals the first. */
export function topK(
  probabilities: Float32Array,
  labels: readonly string[],
  k: number,
): { label: string; probability: number }[] {
  const best: number[] = [];
  probabilities.forEach((probability, index) => {
    if (best.length === k && probability <= probabilities[best[k - 1]!]!) return;
    let at = best.length;
    while (at > 0 && probabilities[best[at - 1]!]! < probability) at--;
    best.splice(at, 0, index);
    if (best.length > k) best.pop();
  });
  return best.map((index) => ({ label: labels[index]!, probability: probabilities[index]! }));
}
