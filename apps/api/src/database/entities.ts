import { ApiKeyEntity } from '../auth/api-key.entity';
import { BlobEntity } from '../blobs/blob.entity';

/** Every table's entity, in one place for the data source. */
export const entities = [ApiKeyEntity, BlobEntity];
