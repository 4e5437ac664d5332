import type { PictureRecord } from './dataset';
import type { NewPicture } from './datasets.service';

type Entry = Omit<PictureRecord, 'index' | 'class'> & { class: string };

/** Puts pictures end to end into one stream of bytes, and remembers where each one lies. */
export class Pack {
  private readonly entries: Entry[] = [];
  private bytes = 0;

  async *write(pictures: AsyncIterable<NewPicture>): AsyncGenerator<Uint8Array> {
    for await (const { bytes, ...picture } of pictures) {
      const { class: className, name, format, width, height } = picture;
      const place = { byteOffset: this.bytes, byteLength: bytes.length };
      this.entries.push({ class: className, name, format, ...place, width, height });
      this.bytes += bytes.length;
      yield bytes;
    }
  }

  summary(): { pictures: number; classes: { name: string; count: number }[] } {
    const counts = new Map<string, number>();
    for (const { class: name } of this.entries) counts.set(name, (counts.get(name) ?? 0) + 1);
    const classes = [...counts].map(([name, count]) => ({ name, count }));
    return {
      pictures: this.entries.length,
      classes: classes.sort((a, b) => inOrder(a.name, b.name)),
    };
  }

  /** In order of class and name: the order does not depend on the archive's. */
  records(): PictureRecord[] {
    const classIndex = new Map(this.summary().classes.map(({ name }, index) => [name, index]));
    return [...this.entries]
      .sort((a, b) => inOrder(a.class, b.class) || inOrder(a.name, b.name))
      .map((entry, index) => ({ ...entry, index, class: classIndex.get(entry.class)! }));
  }
}

function inOrder(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
