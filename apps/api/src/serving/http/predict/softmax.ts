/** @param logits [classes] → probabilities [classes] */
export function softmax(logits: Float32Array): Float32Array {
  // Plain loops: of 21841 classes an array's own methods take a millisecond of everybody's time.
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
