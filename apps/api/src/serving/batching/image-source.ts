import { ImageError, remarkSentences, type ImageLayout } from '@coatrack/images';
import { DomainError } from '../../platform/errors/domain-error';
import type { VersionRecord } from '../../registry/models/model';
import type { Decoder } from './decoder';
import type { ImageBuffers } from './image-buffers';

/** Selects some of a request's images and says how to prepare them. */
export interface PiecePlan {
  from: number;
  count: number;
  version: VersionRecord;
  layout: ImageLayout;
  /** Throws when they are no longer needed. */
  proceed(): void;
}

/** Provides a request's images, in whatever form they arrive. */
export interface ImageSource {
  readonly count: number;
  /** @throws DomainError INVALID_REQUEST if the version does not accept them */
  check(version: VersionRecord): void;
  /**
   * @returns [count, 3, size, size] or [count, size, size, 3] by layout, normalised; the caller owns the array
   * @throws DomainError NOT_AN_IMAGE
   */
  read(plan: PiecePlan): Promise<Float32Array>;
  /** Returns sentences about anything unusual in an image that was accepted all the same; complete once it has been read. */
  notesOf(index: number): readonly string[];
}

interface EncodedImagesOptions {
  /** Returns the image's name in the request. */
  nameOf(index: number): string;
  onDecoded(version: VersionRecord, ms: number): void;
}

/** Images that arrive as files: JPEG, PNG, … */
export class EncodedImages implements ImageSource {
  private readonly notes = new Map<number, string[]>();

  constructor(
    private readonly images: readonly Uint8Array[],
    private readonly decoder: Decoder,
    private readonly buffers: ImageBuffers,
    private readonly options: EncodedImagesOptions,
  ) {}

  get count(): number {
    return this.images.length;
  }

  /** Accepts everything: any version takes images of any size. */
  check(): void {}

  notesOf(index: number): readonly string[] {
    return this.notes.get(index) ?? [];
  }

  async read({ from, count, ...plan }: PiecePlan): Promise<Float32Array> {
    const piece = this.images.slice(from, from + count);
    const decoded = await Promise.all(
      piece.map((image, index) => this.decode(image, from + index, plan)),
    );
    if (decoded.length === 1) return decoded[0]!;
    const images = this.buffers.joined(decoded);
    for (const values of decoded) this.buffers.give(values);
    return images;
  }

  private async decode(
    image: Uint8Array,
    index: number,
    { version, layout, proceed }: Omit<PiecePlan, 'from' | 'count'>,
  ): Promise<Float32Array> {
    const { nameOf, onDecoded } = this.options;
    const notes: string[] = [];
    try {
      const values = await this.decoder.decode(image, version.preprocessing, {
        layout,
        proceed,
        onDecoded: (ms) => onDecoded(version, ms),
        onRemark: (remark) => notes.push(`${remarkSentences[remark]}.`),
      });
      if (notes.length > 0) this.notes.set(index, notes);
      return values;
    } catch (error) {
      throw error instanceof ImageError ? notAnImage(error, nameOf(index)) : error;
    }
  }
}

function notAnImage({ message }: ImageError, where: string): DomainError {
  return new DomainError('NOT_AN_IMAGE', message, [{ where, message }]);
}
