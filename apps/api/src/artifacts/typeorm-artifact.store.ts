import { Injectable } from '@nestjs/common';
import { Database } from '../database/database';
import { type Artifact, ArtifactStore } from './artifact';
import { ArtifactEntity } from './artifact.entity';

@Injectable()
export class TypeormArtifactStore extends ArtifactStore {
  constructor(private readonly database: Database) {
    super();
  }

  async insert(artifact: Artifact): Promise<void> {
    await this.database.manager.insert(ArtifactEntity, artifact);
  }

  list(model: string, version: number): Promise<Artifact[]> {
    return this.database.manager.find(ArtifactEntity, {
      where: { model, version },
      order: { createdAt: 'DESC', id: 'ASC' },
    });
  }

  find(id: string): Promise<Artifact | null> {
    return this.database.manager.findOneBy(ArtifactEntity, { id });
  }

  async delete(id: string): Promise<boolean> {
    const { affected } = await this.database.manager.delete(ArtifactEntity, { id });
    return affected === 1;
  }
}
