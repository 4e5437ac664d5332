import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database';
import { type Moment, newestFirst } from '../../platform/lists/newest-first';
import { mapPage, type Page, type PageQuery } from '../../platform/lists/page';
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

  async list(model: string, version: number, page: PageQuery<Moment>): Promise<Page<Artifact>> {
    const query = this.database.manager
      .createQueryBuilder(ArtifactEntity, 'artifact')
      .where({ model, version });
    return mapPage(await newestFirst(query, page), ({ entity }) => entity);
  }

  find(id: string): Promise<Artifact | null> {
    return this.database.manager.findOneBy(ArtifactEntity, { id });
  }

  async delete(id: string): Promise<boolean> {
    const { affected } = await this.database.manager.delete(ArtifactEntity, { id });
    return affected === 1;
  }
}
