import type { ArchiveFile } from './archive';
import { type Arrangement, arrangementOf } from './arrangement';
import { refuseAnnotations } from './annotations';
import { checkClassNames } from './class-names';
import { DatasetError } from './dataset-error';
import { isHidden, isImageName, isLitter } from './image-names';
import { quantity } from './quantity';
import type { SkippedEntry } from './skipped';
import type { DatasetSplit } from './split-folders';

/** A file in a class folder. Decoding shows whether it is an image. */
export interface ClassFile<File extends ArchiveFile = ArchiveFile> {
  class: string;
  /** path below the class folder */
  name: string;
  split: DatasetSplit | null;
  file: File;
}

export interface Layout<File extends ArchiveFile> {
  /** sorted by class, then name, then split */
  files: ClassFile<File>[];
  skipped: SkippedEntry[];
  warnings: string[];
}

interface Candidate<File extends ArchiveFile> {
  file: File;
  parts: string[];
}

/**
 * Finds the class folders among an archive's files. Removes folders that wrap all images (`flowers/rose/1.jpg`), ignores files
 * that operating systems leave behind, and turns folders named like splits (`train/rose/1.jpg`) into splits.
 * @throws DatasetError
 */
export function findClassFolders<File extends ArchiveFile>(
  files: readonly File[],
  folders: readonly string[],
): Layout<File> {
  const all = files
    .map((file) => ({ file, parts: file.path.split('/') }))
    .filter(({ parts }) => !isLitter(parts));
  const { images, considered, hidden } = choose(all);
  refuseAnnotations(all.map(({ file }) => file.path));
  const depth = wrappingFolders(images.map(({ parts }) => parts));
  const wrapper = images.find(({ parts }) => parts.length > depth)?.parts.slice(0, depth) ?? [];
  const inside = images.map(({ parts }) => unwrap(parts, wrapper));
  const arrange = arrangementOf(inside.filter((parts) => parts.length > 1));
  const layout: Layout<File> = { files: [], skipped: emptyFolders(all, folders), warnings: [] };
  for (const { file } of hidden) {
    layout.skipped.push({
      path: file.path,
      kind: 'in hidden folders',
      reason: 'In a hidden folder, whose name begins with a dot',
    });
  }
  for (const candidate of considered) placeFile(candidate, wrapper, arrange, layout);
  refuseUnplaced(layout);
  checkClassNames(new Set(layout.files.map((file) => file.class)));
  layout.warnings.push(...arrange.warnings);
  // Without images for validation or testing, the split carries no information.
  if (layout.files.every(({ split }) => split === 'train')) {
    for (const file of layout.files) file.split = null;
  }
  layout.files.sort(
    (a, b) =>
      compare(a.class, b.class) || compare(a.name, b.name) || compare(a.split ?? '', b.split ?? ''),
  );
  return layout;
}

/** Compares by code unit, so the order is the same on every machine. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Selects the files that decide how the folders are read: those named like images, or all files if there are none. */
function choose<File extends ArchiveFile>(
  all: readonly Candidate<File>[],
): Record<'images' | 'considered' | 'hidden', readonly Candidate<File>[]> {
  const named = all.filter(({ file }) => isImageName(file.path));
  const visible = named.filter(({ parts }) => !isHidden(parts));
  // A folder like `.images` around everything is intended.
  if (visible.length === 0 && named.length > 0) {
    return { images: named, considered: all, hidden: [] };
  }
  const considered = all.filter(({ parts }) => !isHidden(parts));
  const hidden = named.filter(({ parts }) => isHidden(parts));
  return { images: visible.length > 0 ? visible : considered, considered, hidden };
}

/** Counts the leading folders that wrap the images while class folders remain below them. Other files may lie beside them. */
function wrappingFolders(paths: readonly string[][]): number {
  let inside = paths;
  for (let depth = 0; ; depth++) {
    const next = inside.filter((path) => path.length > depth + 1);
    const folders = new Set(next.map((path) => path[depth]));
    const below = next.filter((path) => path.length > depth + 2);
    if (folders.size !== 1 || below.length === 0) return depth;
    const hasOwnImages = below.length < next.length;
    if (hasOwnImages && new Set(below.map((path) => path[depth + 1])).size < 2) return depth;
    inside = next;
  }
}

/** Returns the parts below the wrapping folders, or none for a path outside of them. */
function unwrap(parts: readonly string[], wrapper: readonly string[]): readonly string[] {
  const wrapped = wrapper.every((folder, depth) => parts[depth] === folder);
  return wrapped ? parts.slice(wrapper.length) : [];
}

function placeFile<File extends ArchiveFile>(
  { file, parts }: Candidate<File>,
  wrapper: readonly string[],
  arrange: Arrangement,
  layout: Layout<File>,
): void {
  const rest = unwrap(parts, wrapper);
  const placement = rest.length > 1 ? arrange.place(rest) : inNoClassFolder;
  if ('class' in placement) {
    layout.files.push({
      class: placement.class,
      name: placement.name,
      split: placement.split,
      file,
    });
  } else if (isImageName(file.path)) {
    layout.skipped.push({ path: file.path, kind: placement.kind, reason: placement.reason });
  } else {
    const kind = 'outside class folders';
    layout.skipped.push({ path: file.path, kind, reason: notInClassFolder(file.path) });
  }
}

const inNoClassFolder = { kind: 'images in no class folder', reason: 'In no class folder' };

function notInClassFolder(path: string): string {
  return /\.(zip|tar|tgz|gz|7z|rar)$/i.test(path)
    ? 'An archive within the archive: unpack it, and pack the class folders themselves'
    : 'Neither an image nor in a class folder';
}

/** @throws DatasetError when no image lies in a class folder */
function refuseUnplaced({ files, skipped }: Layout<ArchiveFile>): void {
  if (files.length > 0) return;
  const images = skipped.filter(({ path }) => isImageName(path));
  if (images.length > 0) {
    throw new DatasetError(
      'NO_CLASS_FOLDERS',
      'Every image must lie in a folder that is named after its class, as in rose/1.jpg; ' +
        `${quantity(images.length, 'image does', 'images do')} not`,
      images.map(({ path, reason }) => ({ where: path, message: reason })),
    );
  }
  throw new DatasetError(
    'NO_IMAGES',
    'The archive holds no images',
    skipped.map(({ path, reason }) => ({ where: path, message: reason })),
  );
}

function emptyFolders(
  candidates: readonly { parts: readonly string[] }[],
  folders: readonly string[],
): SkippedEntry[] {
  const filled = new Set<string>();
  for (const { parts } of candidates) {
    for (let depth = 1; depth < parts.length; depth++)
      filled.add(parts.slice(0, depth).join('/') + '/');
  }
  const empty = [...new Set(folders)].filter((folder) => {
    const parts = folder.split('/');
    return !filled.has(folder) && !isLitter(parts) && !isHidden(parts);
  });
  return empty.map((path) => ({ path, kind: 'empty folders', reason: 'An empty folder' }));
}
