import { availableParallelism } from 'node:os';
import type { Preprocessing } from '@coatrack/models';
import { type ImageLayout, type ImageRemark, preprocess } from '@coatrack/images';
import { ImageBuffers } from './image-buffers';

/** Decodes images in libuv's pool, one per core at a time: more would only wait in memory. */
export class Decoder {
  private readonly turns: (() => void)[] = [];
  private free = availableParallelism();

  /** @param maxPixels maximum number of pixels of an image, checked before it is decoded */
  constructor(
    private readonly maxPixels: number,
    private readonly buffers: ImageBuffers,
  ) {}

  /**
   * @param onDecoded called with the decoding time, without the wait for a turn
   * @param onRemark called with anything unusual about the image
   * @param proceed called at the image's turn; throws if the client has given up
   * @returns [3, size, size] or [size, size, 3] by layout, normalised
   * @throws ImageError; whatever `proceed` throws
   */
  async decode(
    encoded: Uint8Array,
    preprocessing: Preprocessing,
    {
      layout,
      proceed,
      onDecoded,
      onRemark,
    }: {
      layout: ImageLayout;
      proceed: () => void;
      onDecoded?: (ms: number) => void;
      onRemark?: (remark: ImageRemark) => void;
    },
  ): Promise<Float32Array> {
    await this.turn();
    try {
      proceed();
      const started = performance.now();
      const { maxPixels } = this;
      const target = this.buffers.take(3 * preprocessing.imageSize ** 2);
      const images = await preprocess(encoded, preprocessing, {
        layout,
        maxPixels,
        target,
        onRemark,
      });
      onDecoded?.(performance.now() - started);
      return images;
    } finally {
      this.done();
    }
  }

  private async turn(): Promise<void> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.turns.push(resolve));
  }

  private done(): void {
    const next = this.turns.shift();
    if (next) next();
    else this.free++;
  }
}
