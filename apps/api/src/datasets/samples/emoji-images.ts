import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import groups from 'unicode-emoji-json/data-by-group.json';
import type { NewImage } from '../pack';

const imagesPerClass = 100;
/** Side of an image, in pixels. */
const side = 128;
const margin = 8;
/** Number of images to render at once: each takes milliseconds, and a few keep every core busy. */
const renderedAtOnce = 8;

/** Groups of the Unicode standard that are easy to tell apart. */
const classes: readonly { name: string; group: string; only?: RegExp }[] = [
  { name: 'faces', group: 'smileys_emotion', only: /face/ },
  { name: 'flags', group: 'flags', only: /^flag / },
  { name: 'food', group: 'food_drink' },
  { name: 'nature', group: 'animals_nature' },
  { name: 'symbols', group: 'symbols' },
];

interface Drawing {
  class: string;
  name: string;
  path: string;
}

/** Lists the emoji of the sample, class by class, evenly spread over each group. */
export async function listEmoji(): Promise<Drawing[]> {
  const folder = dirname(require.resolve('@twemoji/svg/package.json'));
  const files = new Set(await readdir(folder));
  return classes.flatMap(({ name, group, only }) => {
    const drawn = groups
      .find(({ slug }) => slug === group)!
      .emojis.filter((emoji) => only?.test(emoji.name) ?? true)
      .map(({ emoji, slug }) => ({ file: `${codePoints(emoji)}.svg`, slug }))
      .filter(({ file }) => files.has(file));
    return spread(drawn, imagesPerClass).map(({ file, slug }) => ({
      class: name,
      name: `${slug}.png`,
      path: join(folder, file),
    }));
  });
}

/** Renders emoji as PNG on white. */
export async function* renderEmoji(drawings: readonly Drawing[]): AsyncGenerator<NewImage> {
  for (let start = 0; start < drawings.length; start += renderedAtOnce) {
    yield* await Promise.all(drawings.slice(start, start + renderedAtOnce).map(render));
  }
}

async function render({ class: className, name, path }: Drawing): Promise<NewImage> {
  const inner = side - 2 * margin;
  const bytes = await sharp(await readFile(path), { density: 4 * 72 })
    .resize(inner, inner, { fit: 'contain', background: 'white' })
    .flatten({ background: 'white' })
    .extend({ top: margin, bottom: margin, left: margin, right: margin, background: 'white' })
    .png({ compressionLevel: 6 })
    .toBuffer();
  const sha256 = createHash('sha256').update(bytes).digest('base64');
  const form = { width: side, height: side, format: 'png' } as const;
  return { class: className, name, split: null, bytes, sha256, ...form };
}

/** Returns Twemoji's file name: code points in hexadecimal, the variation selector only in sequences. */
function codePoints(emoji: string): string {
  const text = emoji.includes('\u200d') ? emoji : emoji.replaceAll('\ufe0f', '');
  return [...text].map((character) => character.codePointAt(0)!.toString(16)).join('-');
}

function spread<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, i) => items[Math.floor((i * items.length) / count)]!);
}
