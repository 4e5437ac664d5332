import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { mapOrdered } from '../ordered';
import { checkImage, ImageError, type ImageRemark } from '@coatrack/images';
import type { Archive, ArchiveContent, ArchiveFile } from './archive';
import { datasetWarnings } from './dataset-warnings';
import { checkClasses } from './enough-images';
import type { ClassFoldersReport, ClassImage, SeenImage } from './found-images';
import { isImageName } from './image-names';
import { type ClassFile, compare, findClassFolders } from './layout';
import { type DatasetLimits, defaultDatasetLimits } from './limits';
import type { NameEncoding } from './name-encoding';
import { openArchive } from './open-archive';
import { keepReadable } from './read-limits';
import type { SkippedEntry } from './skipped';

export interface ClassFoldersOptions {
  limits?: Partial<DatasetLimits>;
  /** encoding of names in the archive, if it does not declare one; guessed by default */
  nameEncoding?: NameEncoding;
}

/** Number of images under way at once: enough to keep libuv's pool busy, few enough to bound memory. */
const ahead = 4;

/**
 * Reads the class folders (`rose/1.jpg`, `tulip/2.png`) of an archive on disk, image by image: a zip file by class and name, a
 * tar file in its order.
 * Errors visible in the archive's list are thrown before the first image. Classes that turn out to be empty once broken images
 * are left out cause an error after the last one. Discard everything from an iteration that throws.
 */
export function readClassFolders(path: string, options: ClassFoldersOptions = {}): ClassFolders {
  return new ClassFolders(path, options);
}

/** Iterate once, then ask for the report. */
export class ClassFolders implements AsyncIterable<ClassImage> {
  private readonly limits: DatasetLimits;
  private finished: ClassFoldersReport | undefined;

  constructor(
    private readonly path: string,
    private readonly options: ClassFoldersOptions,
  ) {
    this.limits = { ...defaultDatasetLimits, ...options.limits };
  }

  /** Images that were found and left out, available once the iteration has ended. */
  get report(): ClassFoldersReport {
    if (!this.finished) throw new Error('The class folders have not been read to their end');
    return this.finished;
  }

  /** @throws DatasetError */
  async *[Symbol.asyncIterator](): AsyncGenerator<ClassImage, void, undefined> {
    const archive = await openArchive(this.path, this.limits, this.options.nameEncoding);
    try {
      yield* this.images(archive);
    } finally {
      await archive.close();
    }
  }

  private async *images(archive: Archive): AsyncGenerator<ClassImage, void, undefined> {
    const layout = findClassFolders(archive.files, archive.folders);
    const { size } = await stat(this.path);
    const { files, skipped: unread } = keepReadable(layout.files, size, this.limits);
    const skipped = [...layout.skipped, ...unread];
    const placeOf = new Map(files.map((file) => [file.file, file]));
    const counts = new Map(classesOf(files).map((name) => [name, 0]));
    const seen: SeenImage[] = [];
    let bytes = 0;
    const contents = archive.contents(files.map(({ file }) => file));
    const read = (content: ArchiveContent<ArchiveFile>) =>
      this.read(content, placeOf.get(content.file)!);
    for await (const outcome of mapOrdered(contents, ahead, read)) {
      if ('reason' in outcome) {
        skipped.push(outcome);
        continue;
      }
      const { remarks, ...image } = outcome;
      const { class: className, split, sha256 } = image;
      counts.set(className, (counts.get(className) ?? 0) + 1);
      seen.push({ class: className, split, sha256, remarks });
      bytes += image.bytes.length;
      yield image;
    }
    const classes = [...counts].map(([name, count]) => ({ name, count }));
    classes.sort((a, b) => compare(a.name, b.name));
    skipped.sort((a, b) => compare(a.path, b.path));
    checkClasses(classes, seen, skipped, layout.files);
    const warnings = [...archive.warnings, ...layout.warnings];
    warnings.push(...datasetWarnings({ classes, seen, skipped }));
    this.finished = { classes, images: seen.length, bytes, skipped, warnings };
  }

  private async read(
    { file, read }: ArchiveContent<ArchiveFile>,
    { class: className, name, split }: ClassFile,
  ): Promise<(ClassImage & { remarks: readonly ImageRemark[] }) | SkippedEntry> {
    const bytes = await read();
    const { path } = file;
    try {
      const { format, width, height, remarks } = await checkImage(bytes, this.limits.pixels);
      const sha256 = createHash('sha256').update(bytes).digest('base64');
      return { class: className, name, split, path, bytes, sha256, format, width, height, remarks };
    } catch (error) {
      if (error instanceof ImageError) return { path, kind: error.kind, reason: error.message };
      throw error;
    }
  }
}

/** Returns the class names. Folders with no file named like an image (`docs/`) count only if an image turns up in them. */
function classesOf(files: readonly ClassFile[]): string[] {
  const named = files.filter(({ name }) => isImageName(name));
  return [...new Set(named.map((file) => file.class))];
}
