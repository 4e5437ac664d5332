import { nameForeignFormat, sniffFormat } from '@coatrack/images';

export interface ForeignFile {
  /** completes "The file is …" */
  what: string;
  advice: string;
  isArchive: boolean;
}

const pack = 'Pack the class folders as a zip or .tar.gz file';
const repack = 'Unpack it, and pack the class folders as a zip or .tar.gz file';

const archives: readonly { begins: string; what: string }[] = [
  { begins: '7z\xbc\xaf\x27\x1c', what: 'a 7z archive' },
  { begins: 'Rar!\x1a\x07', what: 'a RAR archive' },
  { begins: '\xfd7zXZ\0', what: 'compressed by xz (.tar.xz)' },
  { begins: '\x28\xb5\x2f\xfd', what: 'compressed by Zstandard (.tar.zst)' },
  { begins: 'BZh', what: 'compressed by bzip2 (.tar.bz2)' },
  { begins: 'LZIP', what: 'compressed by lzip (.tar.lz)' },
  { begins: '\x04\x22\x4d\x18', what: 'compressed by LZ4 (.tar.lz4)' },
  { begins: '\x1f\x9d', what: 'compressed by compress (.tar.Z)' },
  { begins: 'MSCF', what: 'a Windows cabinet' },
  { begins: 'PK\x07\x08', what: 'one part of a zip file in several parts' },
];

/** @returns an upload's format by its first 512 bytes, undefined for an unknown one */
export function nameArchive(head: Buffer): 'zip' | 'tar' | 'tar.gz' | ForeignFile | undefined {
  const text = head.toString('latin1');
  if (text.startsWith('PK\x03\x04') || text.startsWith('PK\x05\x06')) return 'zip';
  if (text.startsWith('ustar', 257) || isOldTar(head)) return 'tar';
  if (text.startsWith('\x1f\x8b')) return 'tar.gz';
  const archive = archives.find(({ begins }) => text.startsWith(begins));
  if (archive) return { what: archive.what, advice: repack, isArchive: true };
  const format = sniffFormat(head);
  const what = format ? `one ${format.toUpperCase()} image` : nameForeignFormat(head)?.what;
  return what === undefined ? undefined : { what, advice: pack, isArchive: false };
}

/**
 * Recognises tar files from before POSIX. They have no signature, only a header checksum, which counts its own bytes as spaces.
 */
function isOldTar(head: Buffer): boolean {
  const [from, to] = [148, 156];
  const stated = /^[ 0]*([0-7]{1,6})[\0 ]/.exec(head.toString('latin1', from, to));
  if (head.length < 512 || !stated) return false;
  const sum = head.reduce((total, byte, at) => total + (at >= from && at < to ? 0x20 : byte), 0);
  return sum === parseInt(stated[1]!, 8);
}
