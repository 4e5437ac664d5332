import { type ImageRemark, remarkSentences } from '@coatrack/images';
import type { ClassFoldersReport, SeenImage } from './found-images';
import { quantity } from './quantity';
import { countByKind } from './skipped';

interface Findings extends Pick<ClassFoldersReport, 'classes' | 'skipped'> {
  seen: readonly SeenImage[];
}

/** From this ratio on, a classifier that never predicts the smaller class is still right most of the time. */
const unequal = 10;

/** Maximum number of names in a warning. The rest are only counted. */
const namesShown = 5;

const images = (count: number) => quantity(count, 'image');

/** Returns warnings for the uploader of an accepted dataset, as sentences. */
export function datasetWarnings({ classes, skipped, seen }: Findings): string[] {
  const warnings: string[] = [];
  const files = skipped.filter(({ path }) => !path.endsWith('/'));
  if (files.length > 0) {
    warnings.push(
      `${quantity(files.length, 'file was', 'files were')} left out: ${countByKind(files)}.`,
    );
  }
  warnings.push(...classWarnings(classes, seen), ...copyWarnings(seen));
  for (const [remark, sentence] of Object.entries(remarkSentences)) {
    const count = seen.filter(({ remarks }) => remarks.includes(remark as ImageRemark)).length;
    if (count > 0) warnings.push(`${sentence}: ${images(count)}.`);
  }
  return warnings;
}

function classWarnings(
  classes: ClassFoldersReport['classes'],
  seen: readonly SeenImage[],
): string[] {
  const warnings: string[] = [];
  const single = classes.filter(({ count }) => count === 1).map(({ name }) => name);
  const hasSplits = seen.some(({ split }) => split !== null);
  if (single.length > 0 && !hasSplits) {
    const one = single.length === 1;
    warnings.push(
      `${named(single)} ${one ? 'has' : 'have'} one image only: ${one ? 'it is' : 'they are'} learned, but not validated.`,
    );
  }
  const sorted = [...classes].sort((a, b) => a.count - b.count);
  const [smallest, largest] = [sorted[0]!, sorted.at(-1)!];
  if (largest.count >= unequal * smallest.count) {
    warnings.push(
      `The classes are very unequal: ${largest.name} has ${images(largest.count)}, ${smallest.name} ${smallest.count}. ` +
        'A model may hardly ever name the small ones; look at the accuracy of each class.',
    );
  }
  const lacking = hasSplits ? withoutValidation(classes, seen) : [];
  if (lacking.length > 0) {
    warnings.push(`No image of ${named(lacking)} is in the split that models are validated with.`);
  }
  return warnings;
}

function withoutValidation(
  classes: ClassFoldersReport['classes'],
  seen: readonly SeenImage[],
): string[] {
  const split = seen.some((image) => image.split === 'valid') ? 'valid' : 'test';
  const present = new Set(seen.filter((each) => each.split === split).map((each) => each.class));
  return classes.filter(({ name }) => !present.has(name)).map(({ name }) => name);
}

function copyWarnings(seen: readonly SeenImage[]): string[] {
  const groups = new Map<string, SeenImage[]>();
  for (const image of seen) {
    const group = groups.get(image.sha256);
    if (group) group.push(image);
    else groups.set(image.sha256, [image]);
  }
  const copied = [...groups.values()].filter(({ length }) => length > 1);
  if (copied.length === 0) return [];
  const copies = copied.reduce((sum, group) => sum + group.length - 1, 0);
  const differing = (key: 'class' | 'split') =>
    copied.filter((group) => group.some((image) => image[key] !== group[0]![key])).length;
  const hasSplits = seen.some(({ split }) => split !== null);
  const warnings = [
    `${images(copies)} ${copies === 1 ? 'is a copy' : 'are copies'} of another, byte for byte` +
      (hasSplits ? '.' : '; copies stay together when images are held out for validation.'),
  ];
  const inClasses = differing('class');
  if (inClasses > 0) {
    warnings.push(
      `${images(inClasses)} ${inClasses === 1 ? 'lies' : 'lie'} in more than one class.`,
    );
  }
  const inSplits = differing('split');
  if (inSplits > 0) {
    warnings.push(
      `${images(inSplits)} ${inSplits === 1 ? 'lies' : 'lie'} in more than one split: validation looks better than it is.`,
    );
  }
  return warnings;
}

function named(names: readonly string[]): string {
  const shown = names.slice(0, namesShown).join(', ');
  return names.length > namesShown ? `${shown} and ${names.length - namesShown} more` : shown;
}
