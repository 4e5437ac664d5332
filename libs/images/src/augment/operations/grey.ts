/** Returns a pixel's grey level as PIL computes it (Convert.c, L24): ITU-R 601-2 with 16 fractional bits. */
export function greyOf(data: Uint8Array, at: number): number {
  return (data[at]! * 19595 + data[at + 1]! * 38470 + data[at + 2]! * 7471 + 0x8000) >> 16;
}
