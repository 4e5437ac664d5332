/* eslint-disable no-control-regex -- signatures of binary files have such characters */

/** A file format that is not read here. */
interface ForeignFormat {
  /** completes "The file is …" */
  what: string;
  /** completes "left out: 3 …" */
  kind: string;
  /** advice on what to do with the image, or with a frame of it */
  advice?: string;
}

const exportIt = 'export it as JPEG or PNG';

const image = (name: string): ForeignFormat => ({
  what: `an image in ${name}`,
  kind: `in ${name}`,
  advice: exportIt,
});
const video: ForeignFormat = {
  what: 'a video',
  kind: 'videos',
  advice: 'save frames of it as images',
};
const raw: ForeignFormat = {
  what: "a camera's raw file",
  kind: "cameras' raw files",
  advice: 'develop it to JPEG or PNG',
};
const pointer: ForeignFormat = {
  what: 'a Git LFS pointer, not the file itself',
  kind: 'Git LFS pointers',
  advice: 'run git lfs pull, and pack again',
};
const webPage: ForeignFormat = {
  what: 'a web page',
  kind: 'web pages',
  advice: 'download the image itself',
};
const archive: ForeignFormat = {
  what: 'an archive within the archive',
  kind: 'archives',
  advice: 'unpack it, and pack the class folders themselves',
};
const vector: ForeignFormat = { what: 'an SVG drawing', kind: 'SVG drawings', advice: exportIt };

/** Matches the ISO base media brands of HEIF with HEVC inside, and of Canon's raw files. */
const heicBrand = /^(hei[cxms]|hev[cxms]|mif1|msf1)/;

/** Signatures at the beginning of files, as Latin-1. */
const beginnings: readonly [RegExp, ForeignFormat][] = [
  [/^\xff\x0a|^\0\0\0\x0cJXL \r\n\x87\n/, image('JPEG XL')],
  [/^\0\0\0\x0cjP {2}\r\n\x87\n|^\xff\x4f\xff\x51/, image('JPEG 2000')],
  [/^8BPS/, image('Photoshop (PSD)')],
  [/^\0\0[\x01\x02]\0[^\0]/, image('ICO')],
  [/^P[1-7]\s/, image('PNM')],
  [/^#\?(RADIANCE|RGBE)/, image('Radiance HDR')],
  [/^v\/1\x01/, image('OpenEXR')],
  [/^(qoif|BPG\xfb|FLIF)/, image('QOI, BPG or FLIF')],
  [/^DDS /, image('DDS')],
  [/^(II\*\0....CR|FUJIFILMCCD-RAW|IIU\0|IIR[OS]|MMOR|FOVb)/s, raw],
  [/^%PDF-/, { what: 'a PDF', kind: 'PDFs', advice: exportIt }],
  [/^(%!PS|\xc5\xd0\xd3\xc6)/, { what: 'PostScript', kind: 'PostScript', advice: exportIt }],
  [/^\x1a\x45\xdf\xa3/, video],
  [/^RIFF....AVI /s, video],
  [/^(FLV\x01|\0\0\x01\xba|\0\0\x01\xb3|OggS)/, video],
  [/^(PK\x03\x04|Rar!|7z\xbc\xaf|\x1f\x8b|BZh|\xfd7zXZ)/, archive],
  [/^version https:\/\/git-lfs/, pointer],
  [/^\x89HDF\r\n/, { what: 'an HDF5 file', kind: 'HDF5 files' }],
  [/^\x93NUMPY/, { what: 'a NumPy array', kind: 'NumPy arrays', advice: exportIt }],
  [/^.{128}DICM/s, image('DICOM')],
  [
    /^(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?(<!DOCTYPE svg[^>]*>\s*)?<svg[\s>]/is,
    vector,
  ],
  [/^(\xef\xbb\xbf)?\s*<(!doctype html|html|head|body)/i, webPage],
];

/** Number of leading bytes that are enough to identify a file. */
const headBytes = 512;

/** @returns the format of a file by its first bytes, undefined for unknown ones */
export function nameForeignFormat(bytes: Uint8Array): ForeignFormat | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, headBytes));
  const text = head.toString('latin1');
  if (text.startsWith('ftyp', 4)) return ofIsoMedia(text.slice(8));
  return beginnings.find(([begins]) => begins.test(text))?.[1] ?? rawTiff(bytes);
}

function ofIsoMedia(brands: string): ForeignFormat {
  if (brands.startsWith('crx ')) return raw;
  const listed = brands.slice(0, 32).match(/.{4}/gs) ?? [];
  return listed.some((brand) => heicBrand.test(brand)) ? image('HEIC') : video;
}

const dngVersion = 50706;
const newSubfileType = 254;
const subIfds = 330;

/** Recognises raw files in TIFF's form (DNG, NEF, ARW). They hold a small preview first, which is not the image. */
function rawTiff(bytes: Uint8Array): ForeignFormat | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (file.length < 8) return undefined;
  const start = file.toString('latin1', 0, 4);
  if (start !== 'II*\0' && start !== 'MM\0*') return undefined;
  const little = start === 'II*\0';
  const short = (at: number) => (little ? file.readUInt16LE(at) : file.readUInt16BE(at));
  const long = (at: number) => (little ? file.readUInt32LE(at) : file.readUInt32BE(at));
  const directory = long(4);
  if (directory + 2 > file.length) return undefined;
  const entries = short(directory);
  if (directory + 2 + entries * 12 > file.length) return undefined;
  const tags = new Map<number, number>();
  for (let index = 0; index < entries; index++) {
    const at = directory + 2 + index * 12;
    tags.set(short(at), long(at + 8));
  }
  const isPreview = tags.get(newSubfileType) === 1 && tags.has(subIfds);
  return tags.has(dngVersion) || isPreview ? raw : undefined;
}
