import { crc32 } from '@coatrack/models';
import sharp from 'sharp';
import { zip } from './zip';

/** A small PNG of one colour. */
export function solidImage(red: number, green: number, blue: number, side = 8): Promise<Buffer> {
  const background = { r: red, g: green, b: blue };
  return sharp({ create: { width: side, height: side, channels: 3, background } })
    .png()
    .toBuffer();
}

/** Encodes a 24-bit BMP that is black except for its first pixel. */
export function bmp(width: number, height: number, [red, green, blue] = [255, 255, 255]): Buffer {
  const rowBytes = Math.ceil((width * 3) / 4) * 4;
  const file = Buffer.alloc(54 + rowBytes * height);
  file.write('BM');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  file.set([blue!, green!, red!], file.length - rowBytes);
  return file;
}

/** Of colours that differ in every channel. */
export function differentImages(side: number): Promise<Buffer[]> {
  const colours = [
    [250, 10, 10],
    [10, 250, 10],
    [10, 10, 250],
    [240, 240, 10],
    [30, 200, 200],
    [5, 5, 5],
  ] as const;
  return Promise.all(colours.map(([red, green, blue]) => solidImage(red, green, blue, side)));
}

/** Encodes a PNG whose header declares a different size. */
export function claimingSize(png: Buffer, width: number, height: number): Buffer {
  const claiming = Buffer.from(png);
  // Signature and the chunk's length take 12 bytes; the checksum covers its type and data.
  claiming.writeUInt32BE(width, 16);
  claiming.writeUInt32BE(height, 20);
  claiming.writeUInt32BE(crc32(claiming.subarray(12, 29)), 29);
  return claiming;
}

/** Creates a zip of class folders whose images differ in brightness within a class and in colour between classes. */
export async function classFolders(counts: Record<string, number>): Promise<Buffer> {
  const entries: Record<string, Buffer> = {};
  for (const [classIndex, [name, count]] of Object.entries(counts).entries()) {
    for (let i = 0; i < count; i += 1) {
      const light = 100 + ((i * 37) % 150);
      const colour = [0, 1, 2].map((channel) => (channel === classIndex % 3 ? light : i % 50));
      entries[`${name}/${String(i).padStart(3, '0')}.png`] = await solidImage(
        ...(colour as [number, number, number]),
      );
    }
  }
  return zip(entries);
}
