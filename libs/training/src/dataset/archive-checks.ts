import type { Entry } from 'yauzl';
import { DatasetError, type DatasetErrorCode, type DatasetProblem } from './dataset-error';
import type { DatasetLimits } from './limits';

/** An entry as the archive's directory lists it. */
export interface ArchiveFile {
  /** with forward slashes, NFC; folders end in a slash */
  path: string;
  entry: Entry;
}

/** Below this, in bytes, anything may compress as well as it likes: a blank picture does. */
export const ratioFloor = 2 ** 20;

const checks: {
  code: DatasetErrorCode;
  message: string;
  problem(file: ArchiveFile, limits: DatasetLimits): string | undefined;
}[] = [
  {
    code: 'UNSAFE_ENTRY_NAME',
    message: 'The archive holds names that lead out of it, or links',
    problem: unsafeName,
  },
  {
    code: 'ENCRYPTED_ENTRY',
    message: 'The archive is encrypted; pack it without a password',
    problem: ({ entry }) => (entry.isEncrypted() ? 'Encrypted' : undefined),
  },
  {
    code: 'UNSUPPORTED_COMPRESSION',
    message: 'Only stored and deflated entries can be read',
    problem: ({ entry }) =>
      [0, 8].includes(entry.compressionMethod)
        ? undefined
        : `Compression method ${entry.compressionMethod}`,
  },
  {
    code: 'ENTRY_TOO_LARGE',
    message: 'The archive holds entries that are too large',
    problem: ({ entry }, { entryBytes }) =>
      entry.uncompressedSize > entryBytes
        ? `${entry.uncompressedSize} bytes; at most ${entryBytes} are taken`
        : undefined,
  },
  {
    code: 'COMPRESSION_RATIO_TOO_HIGH',
    message: 'The archive holds entries that grow too much when unpacked',
    problem: ({ entry }, { compressionRatio }) =>
      entry.uncompressedSize > ratioFloor &&
      entry.uncompressedSize > entry.compressedSize * compressionRatio
        ? `${entry.uncompressedSize} bytes out of ${entry.compressedSize}; at most ${compressionRatio} times as many are taken`
        : undefined,
  },
];

/**
 * Judges each entry by what the directory says of it. One answer names every entry with the worst kind of problem.
 * @throws DatasetError
 */
export function checkEntries(files: readonly ArchiveFile[], limits: DatasetLimits): void {
  for (const { code, message, problem } of checks) {
    const problems = files.flatMap((file): DatasetProblem[] => {
      const found = problem(file, limits);
      return found ? [{ where: file.path, message: found }] : [];
    });
    if (problems.length > 0) throw new DatasetError(code, message, problems);
  }
  const seen = new Set<string>();
  const duplicates: DatasetProblem[] = [];
  for (const { path } of files) {
    if (seen.has(path)) duplicates.push({ where: path, message: 'Listed twice' });
    seen.add(path);
  }
  if (duplicates.length > 0) {
    throw new DatasetError('DUPLICATE_ENTRY', 'The archive lists names twice', duplicates);
  }
}

function unsafeName({ path, entry }: ArchiveFile): string | undefined {
  if (path === '') return 'An empty name';
  if (path.includes('\0')) return 'A NUL character in the name';
  if (path.includes('\\')) return 'A backslash in the name; zip separates folders by /';
  if (path.startsWith('/')) return 'An absolute path';
  if (/^[a-z]:/i.test(path)) return 'A drive letter';
  if (path.split('/').includes('..')) return 'A path with ..';
  if (isSpecialFile(entry)) return 'A link or another special file';
  return undefined;
}

/** Unix (3) and macOS (19) archivers keep the file's type in the upper bits of the attributes. */
function isSpecialFile({ versionMadeBy, externalFileAttributes }: Entry): boolean {
  const type = (externalFileAttributes >>> 16) & 0o170000;
  const regular = 0o100000;
  const folder = 0o040000;
  return [3, 19].includes(versionMadeBy >>> 8) && ![0, regular, folder].includes(type);
}
