import { nameForeignFormat } from '../pictures/foreign-formats';
import { sniffFormat } from '../pictures/formats';

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

/** @returns what an upload is by its first 512 bytes; undefined where they say nothing */
export function nameArchive(head: Buffer): 'zip' | 'tar' | 'tar.gz' | ForeignFile | undefined {
  const text = head.toString('latin1');
  if (text.startsWith('PK\x03\x04') || text.startsWith('PK\x05\x06')) return 'zip';
  if (text.startsWith('ustar', 257)) return 'tar';
  if (text.startsWith('\x1f\x8b')) return 'tar.gz';
  const archive = archives.find(({ begins }) => text.startsWith(begins));
  if (archive) return { what: archive.what, advice: repack, isArchive: true };
  const format = sniffFormat(head);
  const what = format ? `one ${format.toUpperCase()} image` : nameForeignFormat(head)?.what;
  return what === undefined ? undefined : { what, advice: pack, isArchive: false };
}
