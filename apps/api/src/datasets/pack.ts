import { datasetSplits, type ClassImage } from '@coatrack/training';
import type { DatasetRecord, ImageRecord } from './dataset';

export type NewImage = Pick<
  ClassImage,
  'class' | 'name' | 'split' | 'bytes' | 'sha256' | 'width' | 'height' | 'format'
>;

type Entry = Omit<ImageRecord, 'index' | 'class' | 'copyOf'> & { class: string; sha256: string };

/** Concatenates images into one stream of bytes and records each one's position. */
export class Pack {
  private readonly entries: Entry[] = [];
  private bytes = 0;

  async *write(images: AsyncIterable<NewImage>): AsyncGenerator<Uint8Array> {
    for await (const { bytes, ...image } of images) {
      const { class: className, name, split, sha256, format, width, height } = image;
      const place = { byteOffset: this.bytes, byteLength: bytes.length };
      this.entries.push({ class: className, name, split, sha256, format, ...place, width, height });
      this.bytes += bytes.length;
      yield bytes;
    }
  }

  summary(): Pick<DatasetRecord, 'images' | 'classes' | 'splits'> {
    const counts = new Map<string, number>();
    for (const { class: name } of this.entries) counts.set(name, (counts.get(name) ?? 0) + 1);
    const classes = [...counts].map(([name, count]) => ({ name, count }));
    return {
      images: this.entries.length,
      classes: classes.sort((a, b) => inOrder(a.name, b.name)),
      splits: this.splits(),
    };
  }

  private splits(): DatasetRecord['splits'] {
    if (this.entries.every(({ split }) => split === null)) return null;
    const [train, valid, test] = datasetSplits.map(
      (name) => this.entries.filter(({ split }) => split === name).length,
    );
    return { train: train!, valid: valid!, test: test! };
  }

  /** Returns the records ordered by class, name and split, independent of the archive's order. */
  records(): ImageRecord[] {
    const classIndex = new Map(this.summary().classes.map(({ name }, index) => [name, index]));
    const first = new Map<string, number>();
    return [...this.entries]
      .sort(
        (a, b) =>
          inOrder(a.class, b.class) ||
          inOrder(a.name, b.name) ||
          inOrder(a.split ?? '', b.split ?? ''),
      )
      .map(({ sha256, ...entry }, index) => {
        const copyOf = first.get(sha256) ?? null;
        if (copyOf === null) first.set(sha256, index);
        return { ...entry, index, class: classIndex.get(entry.class)!, copyOf };
      });
  }
}

function inOrder(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
