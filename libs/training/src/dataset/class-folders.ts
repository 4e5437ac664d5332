import { mapOrdered } from '../ordered';
import { checkPicture, PictureError } from '../pictures/decode';
import type { PictureFormat } from '../pictures/formats';
import { Archive } from './archive';
import { DatasetError } from './dataset-error';
import { type ClassFile, compare, findClassFolders, isPicture } from './layout';
import { type DatasetLimits, defaultDatasetLimits } from './limits';

/** A picture of a class folder, checked by decoding all of it. */
export interface ClassPicture {
  class: string;
  /** file name */
  name: string;
  /** in the archive */
  path: string;
  /** encoded, as in the archive */
  bytes: Buffer;
  /** upright (after EXIF rotation), in pixels */
  width: number;
  height: number;
  format: PictureFormat;
}

export interface SkippedEntry {
  path: string;
  reason: string;
}

export interface ClassFoldersReport {
  /** sorted by name; counts of good pictures */
  classes: { name: string; count: number }[];
  pictures: number;
  /** encoded bytes of the good pictures */
  bytes: number;
  skipped: SkippedEntry[];
}

/** Pictures under way at once: enough to keep libuv's pool busy, few enough to bound memory. */
const ahead = 4;

/**
 * Reads the class folders (`rose/1.jpg`, `tulip/2.png`) of a zip file on disk, picture by picture, ordered by class
 * and name. What the archive's directory shows to be wrong is thrown before the first picture; classes that turn out
 * too small once broken pictures are left out, after the last: keep nothing of an iteration that throws.
 */
export function readClassFolders(
  zipPath: string,
  limits: Partial<DatasetLimits> = {},
): ClassFolders {
  return new ClassFolders(zipPath, { ...defaultDatasetLimits, ...limits });
}

/** Iterate once, then ask for the report. */
export class ClassFolders implements AsyncIterable<ClassPicture> {
  private finished: ClassFoldersReport | undefined;

  constructor(
    private readonly zipPath: string,
    private readonly limits: DatasetLimits,
  ) {}

  /** What was found and what was left out; known once the iteration has ended. */
  get report(): ClassFoldersReport {
    if (!this.finished) throw new Error('The class folders have not been read to their end');
    return this.finished;
  }

  /** @throws DatasetError */
  async *[Symbol.asyncIterator](): AsyncGenerator<ClassPicture, void, undefined> {
    const archive = await Archive.open(this.zipPath, this.limits);
    try {
      const { files, skipped } = findClassFolders(archive.files, archive.folders);
      const counts = new Map(classesOf(files).map((name) => [name, 0]));
      const report = { classes: [], pictures: 0, bytes: 0, skipped };
      const read = (file: ClassFile) => this.read(archive, file);
      for await (const outcome of mapOrdered(files, ahead, read)) {
        if ('reason' in outcome) {
          skipped.push(outcome);
          continue;
        }
        counts.set(outcome.class, (counts.get(outcome.class) ?? 0) + 1);
        report.pictures++;
        report.bytes += outcome.bytes.length;
        yield outcome;
      }
      const classes = [...counts].map(([name, count]) => ({ name, count }));
      checkClasses(classes);
      this.finished = {
        ...report,
        classes: classes.sort((a, b) => compare(a.name, b.name)),
        skipped: skipped.sort((a, b) => compare(a.path, b.path)),
      };
    } finally {
      archive.close();
    }
  }

  private async read(
    archive: Archive,
    { class: className, name, file }: ClassFile,
  ): Promise<ClassPicture | SkippedEntry> {
    const bytes = await archive.read(file);
    try {
      const header = await checkPicture(bytes, this.limits.pixels);
      return { class: className, name, path: file.path, bytes, ...header };
    } catch (error) {
      if (error instanceof PictureError) return { path: file.path, reason: error.message };
      throw error;
    }
  }
}

/** Folders that hold nothing named like a picture (`docs/`) are classes only if a picture turns up in them. */
function classesOf(files: readonly ClassFile[]): string[] {
  const named = files.filter(({ name }) => isPicture([name]));
  return [...new Set(named.map((file) => file.class))];
}

function checkClasses(classes: readonly { name: string; count: number }[]): void {
  if (classes.every(({ count }) => count === 0)) {
    throw new DatasetError('NO_PICTURES', 'The archive holds no picture that can be read');
  }
  const small = classes.filter(({ count }) => count < 2);
  if (small.length > 0) {
    throw new DatasetError(
      'CLASS_TOO_SMALL',
      'Every class needs two readable pictures, one to learn from and one to validate with',
      small.map(({ name, count }) => ({ where: name, message: `${count} readable pictures` })),
    );
  }
  if (classes.length < 2) {
    throw new DatasetError(
      'TOO_FEW_CLASSES',
      'A classifier needs two classes to tell apart: pack one folder for each',
      classes.map(({ name }) => ({ where: name, message: 'The only class' })),
    );
  }
}
