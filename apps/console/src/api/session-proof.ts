// Browsers send cookies to every port of this host, and a program there could forward them. Changes therefore require a
// second secret, which the browser keeps for this origin only.
const storageKey = 'coatrack-proof';

export function keepProof(proof: string): void {
  localStorage.setItem(storageKey, proof);
}

export function forgetProof(): void {
  localStorage.removeItem(storageKey);
}

export function proofHeaders(): Record<string, string> {
  const proof = localStorage.getItem(storageKey);
  return proof === null ? {} : { 'x-coatrack-proof': proof };
}
