import { DatasetError, type DatasetProblem } from './dataset-error';

/** Longer names are not valid file names on any system, and many of them would take much memory. */
export const maxNameBytes = 1024;

/**
 * Returns a path in its normal form. Archivers on Windows write backslashes, `tar -c .` begins each name with `./`, and scripts
 * write double slashes. A folder keeps its trailing slash.
 */
export function cleanPath(name: string): string {
  const parts = name.replaceAll('\\', '/').split('/');
  const folder = ['', '.'].includes(parts.at(-1)!) ? '/' : '';
  const kept = parts.filter((part) => part !== '' && part !== '.');
  return kept.length === 0 ? '' : kept.join('/').normalize('NFC') + folder;
}

/** Returns why a name must not become a path. */
export function unsafeName(name: string): string | undefined {
  if (name === '') return 'An empty name';
  if (name.includes('\0')) return 'A NUL character in the name';
  const path = name.replaceAll('\\', '/');
  if (path.startsWith('/')) return 'An absolute path';
  if (/^[a-z]:/i.test(path)) return 'A drive letter';
  if (path.split('/').includes('..')) return 'A path with ..';
  return undefined;
}

/** @throws DatasetError when there are problems */
export function refuseUnsafe(problems: readonly DatasetProblem[]): void {
  if (problems.length === 0) return;
  const message = 'The archive holds names that lead out of it, or links';
  throw new DatasetError('UNSAFE_ENTRY_NAME', message, problems);
}

/** @throws DatasetError when a file is listed twice */
export function refuseDuplicates(files: readonly { path: string }[]): void {
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
