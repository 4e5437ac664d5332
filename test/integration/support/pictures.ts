import sharp from 'sharp';
import { zip } from './zip';

/** A small PNG of one colour. */
export function picture(red: number, green: number, blue: number, side = 8): Promise<Buffer> {
  const background = { r: red, g: green, b: blue };
  return sharp({ create: { width: side, height: side, channels: 3, background } })
    .png()
    .toBuffer();
}

/** A zip of class folders whose pictures differ in brightness within a class, in colour between them. */
export async function classFolders(counts: Record<string, number>): Promise<Buffer> {
  const entries: Record<string, Buffer> = {};
  for (const [classIndex, [name, count]] of Object.entries(counts).entries()) {
    for (let i = 0; i < count; i += 1) {
      const light = 100 + ((i * 37) % 150);
      const colour = [0, 1, 2].map((channel) => (channel === classIndex % 3 ? light : i % 50));
      entries[`${name}/${String(i).padStart(3, '0')}.png`] = await picture(
        ...(colour as [number, number, number]),
      );
    }
  }
  return zip(entries);
}
