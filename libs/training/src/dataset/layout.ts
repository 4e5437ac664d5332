import type { ArchiveFile } from './archive-checks';
import type { SkippedEntry } from './class-folders';
import { DatasetError, type DatasetProblem } from './dataset-error';

/** A file that lies in a class folder; whether it is a picture shows when it is decoded. */
export interface ClassFile {
  class: string;
  name: string;
  file: ArchiveFile;
}

export interface Layout {
  /** by class, then by name */
  files: ClassFile[];
  skipped: SkippedEntry[];
}

const maxClassNameLength = 100;
const picturePath = /\.(jpe?g|jpe|jfif|png|webp|gif|avif|tiff?|bmp|hei[cf]|svg|jxl|jp2)$/i;
const clutter = /^(\..*|__MACOSX|Thumbs\.db|ehthumbs\.db|desktop\.ini)$/i;

/**
 * Finds the class folders among an archive's files. Folders that wrap all of them (`flowers/rose/1.jpg`) are taken
 * off; what operating systems leave behind is ignored.
 * @throws DatasetError
 */
export function findClassFolders(
  files: readonly ArchiveFile[],
  folders: readonly string[],
): Layout {
  const placed = files
    .map((file) => ({ file, path: file.path.split('/') }))
    .filter(({ path }) => !path.some((part) => clutter.test(part)));
  const depth = wrappingFolders(placed.map(({ path }) => path));
  const layout: Layout = { files: [], skipped: emptyFolders(placed, folders) };
  const misplaced: DatasetProblem[] = [];
  for (const { file, path } of placed) {
    const inside = path.slice(depth);
    if (inside.length === 2) {
      layout.files.push({ class: inside[0]!, name: inside[1]!, file });
    } else if (isPicture(inside)) {
      misplaced.push({
        where: file.path,
        message: inside.length < 2 ? 'In no class folder' : 'In a folder inside a class folder',
      });
    } else {
      layout.skipped.push({ path: file.path, reason: 'Neither a picture nor in a class folder' });
    }
  }
  if (misplaced.length > 0) {
    throw new DatasetError(
      'NESTED_FOLDERS',
      `Every picture must lie in one folder that is named after its class, as in rose/1.jpg; ${misplaced.length} do not`,
      misplaced,
    );
  }
  checkClassNames(new Set(layout.files.map((file) => file.class)));
  layout.files.sort((a, b) => compare(a.class, b.class) || compare(a.name, b.name));
  return layout;
}

/** By code unit, the same on every machine. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

export function isPicture(path: readonly string[]): boolean {
  return picturePath.test(path.at(-1)!);
}

/** How many leading folders all files share, while every picture still has a class folder below them. */
function wrappingFolders(paths: readonly string[][]): number {
  const pictures = paths.filter(isPicture);
  if (pictures.length === 0) return 0;
  let depth = 0;
  while (
    paths.every((path) => path.length > depth + 1 && path[depth] === paths[0]![depth]) &&
    pictures.every((path) => path.length >= depth + 3)
  ) {
    depth++;
  }
  return depth;
}

function emptyFolders(
  placed: readonly { path: readonly string[] }[],
  folders: readonly string[],
): SkippedEntry[] {
  const filled = new Set<string>();
  for (const { path } of placed) {
    for (let depth = 1; depth < path.length; depth++)
      filled.add(path.slice(0, depth).join('/') + '/');
  }
  return folders
    .filter(
      (folder) => !filled.has(folder) && !folder.split('/').some((part) => clutter.test(part)),
    )
    .map((folder) => ({ path: folder, reason: 'An empty folder' }));
}

function checkClassNames(names: ReadonlySet<string>): void {
  const problems: DatasetProblem[] = [];
  const known = new Map<string, string>();
  for (const name of names) {
    const twin = known.get(name.toLowerCase());
    known.set(name.toLowerCase(), name);
    if (name.length > maxClassNameLength) {
      problems.push({ where: name, message: `Longer than ${maxClassNameLength} characters` });
    } else if (/\p{Cc}/u.test(name)) {
      problems.push({ where: name, message: 'Contains control characters' });
    } else if (name.trim() !== name || name === '') {
      problems.push({ where: name, message: 'Is empty, or begins or ends with a space' });
    } else if (twin !== undefined) {
      problems.push({ where: name, message: `Differs from ${twin} only in case` });
    }
  }
  if (problems.length > 0) {
    throw new DatasetError(
      'INVALID_CLASS_NAME',
      'Names of folders become names of classes; some cannot',
      problems,
    );
  }
}
