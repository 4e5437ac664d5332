import { decode } from 'iconv-lite';
import { detectAll } from 'jschardet';

/** Encodings of names in archives that callers may choose, the most common first. */
export const nameEncodings = [
  'utf-8',
  'cp437',
  'cp850',
  'windows-1252',
  'cp852',
  'windows-1250',
  'cp866',
  'windows-1251',
  'shift_jis',
  'gb18030',
  'big5',
  'euc-kr',
] as const;

export type NameEncoding = (typeof nameEncodings)[number];

/** The detector's names for the encodings. */
const detectorNames: Record<Exclude<NameEncoding, 'utf-8'>, string> = {
  cp437: 'cp437',
  cp850: 'cp850',
  cp852: 'cp852',
  cp866: 'ibm866',
  'windows-1250': 'windows-1250',
  'windows-1251': 'windows-1251',
  'windows-1252': 'windows-1252',
  shift_jis: 'cp932',
  gb18030: 'gb18030',
  big5: 'big5',
  'euc-kr': 'cp949',
};

/** Default encoding of names in a zip file: APPNOTE.TXT, appendix D. */
const fallback: NameEncoding = 'cp437';

/** Maximum bytes of names to sample. Names are alike, so more would not help. */
const sampleBytes = 2 ** 16;

interface DecodedNames {
  names: string[];
  /** undefined if all names are ASCII, or the archive declares them as UTF-8 */
  encoding?: NameEncoding;
  /** whether it was guessed rather than known */
  guessed: boolean;
}

/**
 * Decodes the names of an archive that does not declare their encoding. Names that are valid UTF-8 are UTF-8, as macOS writes
 * them. Of the encodings of older archivers, the chosen one decodes the names to letters and resembles a language most.
 */
export function decodeNames(raw: readonly Buffer[], chosen?: NameEncoding): DecodedNames {
  const foreign = raw.filter((name) => name.some((byte) => byte >= 0x80));
  const encoding = foreign.length === 0 ? undefined : (chosen ?? guess(foreign));
  const names = raw.map((name) => decode(name, encoding ?? 'latin1'));
  const guessed = encoding !== undefined && encoding !== 'utf-8' && chosen === undefined;
  return { names, encoding, guessed };
}

function guess(raw: readonly Buffer[]): NameEncoding {
  if (raw.every(isUtf8)) return 'utf-8';
  const sample = sampleOf(raw);
  const plausible = new Set(nameEncodings.filter((encoding) => isText(decode(sample, encoding))));
  const confidences = new Map(
    detectAll(sample).map(({ encoding, confidence }) => [encoding?.toLowerCase(), confidence]),
  );
  let best = fallback;
  let most = 0;
  for (const [encoding, name] of Object.entries(detectorNames) as [NameEncoding, string][]) {
    const confidence = plausible.has(encoding) ? (confidences.get(name) ?? 0) : 0;
    if (confidence > most) [best, most] = [encoding, confidence];
  }
  // If another encoding gives the same names, the more common one is reported.
  const names = decode(sample, best);
  return (
    nameEncodings.find((each) => plausible.has(each) && decode(sample, each) === names) ?? best
  );
}

function isUtf8(name: Buffer): boolean {
  return !decode(name, 'utf-8').includes('\ufffd');
}

/** Returns each part of the paths once, because a class folder's name is in the path of each of its files. */
function sampleOf(names: readonly Buffer[]): Buffer {
  const parts = new Set<string>();
  let bytes = 0;
  for (const name of names) {
    const folder = name.subarray(0, Math.max(0, name.lastIndexOf(0x2f))).toString('latin1');
    const part = folder === '' ? name.toString('latin1') : folder;
    if (parts.has(part)) continue;
    parts.add(part);
    bytes += part.length;
    if (bytes > sampleBytes) break;
  }
  return Buffer.from([...parts].join('/'), 'latin1');
}

/** Returns whether all non-ASCII characters are letters, marks or digits. */
function isText(text: string): boolean {
  return /^[\0-\x7f\p{L}\p{M}\p{N}]*$/u.test(text);
}
