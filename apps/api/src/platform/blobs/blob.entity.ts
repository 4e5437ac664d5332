import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('blobs')
export class BlobEntity {
  @PrimaryColumn('text')
  sha256!: string;

  @Column('bigint')
  bytes!: string;
}
