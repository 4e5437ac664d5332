import { describe, expect, it } from 'vitest';
import type { DatasetError } from './dataset-error';
import { findClassFolders } from './layout';

const listed = (paths: readonly string[]) =>
  paths.map((path) => ({ path, bytes: 100, packedBytes: 100 }));

/** Returns `class name split` of each file, without the split if it has none. */
function layout(paths: readonly string[]) {
  const { files, skipped, warnings } = findClassFolders(listed(paths), []);
  return {
    files: files.map((file) => [file.class, file.name, file.split ?? []].flat().join(' ')),
    skipped: skipped.map(({ path, reason }) => `${path}: ${reason}`),
    warnings,
  };
}

function refusal(paths: readonly string[]): DatasetError {
  try {
    layout(paths);
  } catch (error) {
    return error as DatasetError;
  }
  throw new Error('Nothing was thrown');
}

const pets = ['cat/0.png', 'cat/1.png', 'dog/0.png', 'dog/1.png'];
const below = (folder: string) => pets.map((path) => `${folder}/${path}`);
const classes = ['cat 0.png', 'cat 1.png', 'dog 0.png', 'dog 1.png'];

describe('folders that wrap everything', () => {
  it.each([
    ['one', below('pets')],
    ['several', below('downloads/pets')],
    ['a hidden one', below('.pets')],
    ['one called like a split', below('train')],
    ['with files beside it', [...below('pets'), 'README.txt', 'data.yaml', 'labels.csv']],
    ['with files between them', [...below('a/pets'), 'a/README.txt', 'a/LICENSE']],
    ['with folders of texts beside it', [...below('pets'), 'docs/notes.txt']],
  ])('are taken off: %s', (_, paths) => {
    expect(layout(paths).files).toEqual(classes);
  });

  it('leave what lies beside them out, with a word', () => {
    expect(layout([...below('pets'), 'README.txt', 'cover.jpg', 'more.zip']).skipped).toEqual([
      'README.txt: Neither an image nor in a class folder',
      'cover.jpg: In no class folder',
      'more.zip: An archive within the archive: unpack it, and pack the class folders themselves',
    ]);
  });
});

it('leaves hidden folders out with a word, and litter without one', () => {
  const { files, skipped } = layout([
    ...pets,
    '.thumbnails/cat.png',
    '.git/1.png',
    '__MACOSX/cat/._0.png',
    'cat/.DS_Store',
    'cat/.ipynb_checkpoints/0.png',
  ]);
  expect(files).toEqual(classes);
  expect(skipped).toEqual([
    '.thumbnails/cat.png: In a hidden folder, whose name begins with a dot',
  ]);
});

it('takes images in folders below a class folder for the class, and says so', () => {
  const { files, warnings } = layout(['cat/s1/0.png', 'cat/s2/0.png', 'dog/0.png']);
  expect(files).toEqual(['cat s1/0.png', 'cat s2/0.png', 'dog 0.png']);
  expect(warnings).toEqual([
    '2 images lie in folders below class folders, such as cat/s1; the first folder was taken as the class: cat.',
  ]);
});

it('names the same class folders lying in one another', () => {
  const error = refusal([...below('pets'), ...below('pets/pets')]);
  expect(error.code).toBe('SAME_TREE_TWICE');
  expect(error.message).toContain('beside cat, dog lies pets with those folders in it');
});

describe('splits', () => {
  const train = ['cat 0.png train', 'cat 1.png train', 'dog 0.png train', 'dog 1.png train'];

  it.each([
    ['train', 'valid'],
    ['Training', 'Validation'],
    ['train', 'val'],
    ['training_set/training_set', 'validation_set/validation_set'],
    ['data/train', 'data/dev'],
    ['train/images', 'valid/images'],
  ])('are kept: %s, %s', (first, second) => {
    const { files } = layout([...below(first), `${second}/dog/9.png`]);
    expect(files).toEqual([...train, 'dog 9.png valid']);
  });

  it('may be of one image each, under the same name', () => {
    const { files } = layout(['train', 'valid', 'test'].flatMap(below));
    expect(files.slice(0, 3)).toEqual(['cat 0.png test', 'cat 0.png train', 'cat 0.png valid']);
    expect(files).toHaveLength(12);
  });

  it('may lie below the class folders', () => {
    const paths = ['cat/train/0.png', 'cat/test/1.png', 'dog/train/0.png', 'dog/test/1.png'];
    expect(layout(paths).files).toEqual([
      'cat 0.png train',
      'cat 1.png test',
      'dog 0.png train',
      'dog 1.png test',
    ]);
  });

  it('leave out what has no label, or one that is not trained on', () => {
    const { files, skipped } = layout([...below('train'), 'test/1.png', 'valid/bird/1.png']);
    expect(files).toEqual(classes);
    expect(skipped).toEqual([
      'test/1.png: In test, but in no class folder: it has no label',
      'valid/bird/1.png: No image of bird is in the training split',
    ]);
  });

  it.each([
    [['train/cat.0.png', 'train/dog.0.png', 'test1/1.png'], 'train and test1'],
    [['valid/cat/0.png', 'test/cat/1.png'], 'valid and test'],
  ])('are refused where nothing is labelled to train on: %j', (paths, named) => {
    const error = refusal(paths);
    expect(error.code).toBe('SPLITS_WITHOUT_CLASSES');
    expect(error.message).toContain(`The folders ${named} are named like the splits`);
  });

  it('are none where images lie right in folders beside others: a train is a vehicle', () => {
    const { files } = layout(['bus/0.png', 'train/0.png', 'test/0.png']);
    expect(files).toEqual(['bus 0.png', 'test 0.png', 'train 0.png']);
  });
});

it.each([
  ['YOLO', ['train/images/1.jpg', 'train/labels/1.txt', 'valid/images/2.jpg']],
  ['YOLO', ['images/train/1.jpg', 'labels/train/1.txt', 'images/val/2.jpg']],
  ['COCO', ['train/1.jpg', 'train/_annotations.coco.json', 'valid/2.jpg']],
  ['VOC', ['VOC2012/JPEGImages/1.jpg', 'VOC2012/Annotations/1.xml']],
])('names datasets for object detection: %s, %j', (format, paths) => {
  const error = refusal(paths);
  expect(error.code).toBe('DETECTION_DATASET');
  expect(error.message).toContain(`object detection in ${format}'s form`);
});

it('does not take captions in class folders for boxes', () => {
  expect(layout([...pets, 'cat/0.txt', 'dog/0.txt']).files).toHaveLength(6);
});

it('refuses images in no folder, with each of them', () => {
  const error = refusal(['0.png', '1.png', 'README.txt']);
  expect(error.code).toBe('NO_CLASS_FOLDERS');
  expect(error.message).toContain('2 images do not');
  expect(error.problems).toHaveLength(2);
});

it('names archives in an archive without images', () => {
  const error = refusal(['cat.zip', 'dog.zip']);
  expect(error.code).toBe('NO_IMAGES');
  expect(error.problems[0]!.message).toContain('unpack it');
});
