import type { SeenImage } from './found-images';
import { DatasetError, type DatasetProblem } from './dataset-error';
import type { ClassFile } from './layout';
import { countByKind, type SkippedEntry } from './skipped';

type ClassCount = { name: string; count: number };

/**
 * Refuses datasets that nothing can be learned from, and reports what was left out on the way.
 * @throws DatasetError
 */
export function checkClasses(
  classes: readonly ClassCount[],
  seen: readonly SeenImage[],
  skipped: readonly SkippedEntry[],
  files: readonly ClassFile[],
): void {
  const problems = skipped.map(({ path, reason }) => ({ where: path, message: reason }));
  const refuse = (code: DatasetError['code'], message: string, first: DatasetProblem[] = []) => {
    const left = skipped.length > 0 ? ` (left out: ${countByKind(skipped)})` : '';
    throw new DatasetError(code, message + left, [...first, ...problems]);
  };
  if (seen.length === 0) refuse('NO_IMAGES', 'The archive holds no image that can be read');
  const empty = classes.filter(({ count }) => count === 0);
  if (empty.length > 0) {
    const names = empty.map(({ name }) => name).join(', ');
    refuse(
      'EMPTY_CLASS',
      `No image of ${names} can be read`,
      empty.map(({ name }) => ({ where: name, message: reasonsOf(name, skipped, files) })),
    );
  }
  if (classes.length < 2) {
    refuse(
      'TOO_FEW_CLASSES',
      'A classifier needs two classes to tell apart: pack one folder for each',
      classes.map(({ name }) => ({ where: name, message: 'The only class' })),
    );
  }
  if (!canValidate(seen)) {
    refuse(
      'CLASSES_TOO_SMALL',
      'No class has two different images, one to learn from and one to validate with',
      classes.map(({ name, count }) => ({ where: name, message: `${count} readable images` })),
    );
  }
}

/** Returns the reasons why a class is empty. */
function reasonsOf(
  className: string,
  skipped: readonly SkippedEntry[],
  files: readonly ClassFile[],
): string {
  const paths = new Set(
    files.filter((file) => file.class === className).map(({ file }) => file.path),
  );
  return `0 readable images; left out: ${countByKind(skipped.filter(({ path }) => paths.has(path)))}`;
}

/** Returns whether images are, or can be, set apart for validation. */
function canValidate(seen: readonly SeenImage[]): boolean {
  const first = new Map<string, string>();
  return seen.some(({ class: className, split, sha256 }) => {
    if (split === 'valid' || split === 'test') return true;
    const known = first.get(className);
    first.set(className, known ?? sha256);
    return known !== undefined && known !== sha256;
  });
}
