import { DatasetError } from './dataset-error';
import { quantity } from './quantity';
import { type DatasetSplit, splitOf } from './split-folders';

/** How a path places a file: in a class, or left out. */
type Placement =
  { class: string; name: string; split: DatasetSplit | null } | { reason: string; kind: string };

/** Determines how the folders of an archive are read. */
export interface Arrangement {
  /** @param parts parts of a path, at least two, below the folders that wrap everything */
  place(parts: readonly string[]): Placement;
  warnings: string[];
}

/**
 * Decides how to read the folders from the places of the images in them.
 * @param images parts of their paths, at least two each
 * @throws DatasetError when they cannot be read as classes
 */
export function arrangementOf(images: readonly (readonly string[])[]): Arrangement {
  return splitsAboveClasses(images) ?? splitsBelowClasses(images) ?? plainClasses(images);
}

/** Reads `rose/1.jpg`, and also `rose/session1/1.jpg`. */
function plainClasses(images: readonly (readonly string[])[]): Arrangement {
  refuseSameTreeTwice(images);
  const deep = images.filter((parts) => parts.length > 2);
  const example = deep[0]?.slice(0, -1).join('/');
  const warning =
    `${quantity(deep.length, 'image lies', 'images lie')} in folders below class folders, such as ${example}; ` +
    `the first folder was taken as the class: ${deep[0]?.[0]}.`;
  return {
    place: ([className, ...rest]) => ({ class: className!, name: rest.join('/'), split: null }),
    warnings: deep.length > 0 ? [warning] : [],
  };
}

/** Reads `train/rose/1.jpg`, `valid/rose/2.jpg`. */
function splitsAboveClasses(images: readonly (readonly string[])[]): Arrangement | undefined {
  const folders = new Set(images.map(([folder]) => folder!));
  const splits = new Set([...folders].flatMap((folder) => splitOf(folder) ?? []));
  if (splits.size < 2) return undefined;
  const labelled = images.filter(
    ([folder, ...rest]) => splitOf(folder!) && inSplit(folder!, rest).length > 1,
  );
  const others = [...folders].filter((folder) => !splitOf(folder));
  // Folders such as `bus`, `train` and `test` with images directly in them are classes.
  if (others.length > 0 && labelled.length === 0) return undefined;
  refuseWithoutTrain([...folders], labelled);
  const classes = new Set(
    labelled.flatMap(([folder, ...rest]) =>
      splitOf(folder!) === 'train' ? inSplit(folder!, rest).slice(0, 1) : [],
    ),
  );
  return {
    place([folder, ...rest]) {
      const split = splitOf(folder!);
      if (!split)
        return leftOut('beside the folders of the splits', 'Beside the folders of the splits');
      const [className, ...name] = inSplit(folder!, rest);
      if (name.length === 0) {
        return leftOut('without a label', `In ${folder}, but in no class folder: it has no label`);
      }
      if (!classes.has(className!)) {
        return leftOut(
          'of classes without training images',
          `No image of ${className} is in the training split`,
        );
      }
      return { class: className!, name: name.join('/'), split };
    },
    warnings: [],
  };
}

/** Reads `rose/train/1.jpg`, `rose/valid/2.jpg`. */
function splitsBelowClasses(images: readonly (readonly string[])[]): Arrangement | undefined {
  const splits = new Set(
    images.map((parts) => (parts.length > 2 ? splitOf(parts[1]!) : undefined)),
  );
  if (splits.size < 2 || splits.has(undefined) || !splits.has('train')) return undefined;
  return {
    place([className, folder, ...rest]) {
      const split = splitOf(folder!);
      if (!split || rest.length === 0) {
        return leftOut('beside the folders of the splits', 'Beside the folders of the splits');
      }
      return { class: className!, name: rest.join('/'), split };
    },
    warnings: [],
  };
}

function leftOut(kind: string, reason: string): Placement {
  return { kind, reason };
}

/** Removes folders that only repeat their parent: `train/train/rose`, `test/images/rose`. */
function inSplit(folder: string, rest: readonly string[]): readonly string[] {
  const [first = ''] = rest;
  const repeats =
    first === folder || splitOf(first) === splitOf(folder) || /^images?$/i.test(first);
  return repeats && rest.length > 2 ? inSplit(folder, rest.slice(1)) : rest;
}

/** @throws DatasetError when no image of a training split has a label */
function refuseWithoutTrain(
  folders: readonly string[],
  labelled: readonly (readonly string[])[],
): void {
  if (labelled.some(([folder]) => splitOf(folder!) === 'train')) return;
  const splits = folders.filter((folder) => splitOf(folder));
  const named = `The folders ${splits.join(' and ')} are named like the splits of a dataset`;
  const message =
    labelled.length === 0
      ? `${named}, but hold no class folders: pack train/rose/1.jpg and test/rose/2.jpg, or rose/1.jpg without splits`
      : `${named}, but there is no labelled one to train on: pack train/rose/1.jpg, or rose/1.jpg without splits`;
  throw new DatasetError(
    'SPLITS_WITHOUT_CLASSES',
    message,
    splits.map((where) => ({ where, message: 'Named like a split, not like a class' })),
  );
}

/** @throws DatasetError when a folder among the class folders contains the class folders again */
function refuseSameTreeTwice(images: readonly (readonly string[])[]): void {
  const below = new Map<string, Set<string>>();
  for (const [folder, ...rest] of images) {
    const inner = below.get(folder!) ?? new Set();
    if (rest.length > 1) inner.add(rest[0]!);
    below.set(folder!, inner);
  }
  for (const [folder, inner] of below) {
    const repeated = [...inner].filter((name) => name !== folder && below.has(name));
    if (repeated.length < 2 || repeated.length < inner.size) continue;
    throw new DatasetError(
      'SAME_TREE_TWICE',
      `The archive holds the same class folders twice: beside ${repeated.join(', ')} lies ${folder} with those folders in it. ` +
        `Leave one of the two out`,
      repeated.map((name) => ({ where: `${folder}/${name}`, message: `As ${name}` })),
    );
  }
}
