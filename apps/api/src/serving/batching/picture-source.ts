import type { ImageLayout } from '@coatrack/images';
import type { VersionRecord } from '../../registry/models/model';

/** Some of a request's pictures, and how they are wanted. */
export interface PiecePlan {
  from: number;
  count: number;
  version: VersionRecord;
  layout: ImageLayout;
  /** Throws when nobody wants them any more. */
  proceed(): void;
}

/** A request's pictures, whatever they come as. */
export interface PictureSource {
  readonly count: number;
  /** @throws DomainError INVALID_REQUEST when they are nothing that the version takes */
  check(version: VersionRecord): void;
  /**
   * @returns [count, 3, size, size] or [count, size, size, 3] by layout, normalised; the caller's from now on
   * @throws DomainError NOT_A_PICTURE
   */
  read(plan: PiecePlan): Promise<Float32Array>;
  /** Returns what is unusual about a picture, and was put up with, in sentences; known once it has been read. */
  notesOf(index: number): readonly string[];
}
