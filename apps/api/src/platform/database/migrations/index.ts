import { Core1764000000001 } from './0001-core';
import { Jobs1764000000002 } from './0002-jobs';
import { JobTypes1764000000003 } from './0003-job-types';
import { VersionFormat1764000000004 } from './0004-version-format';
import { Artifacts1764000000005 } from './0005-artifacts';
import { Measurements1764000000006 } from './0006-measurements';
import { Workers1764000000007 } from './0007-workers';
import { Lists1764000000008 } from './0008-lists';
import { Keys1764000000009 } from './0009-keys';
import { DatasetSplits1764000000010 } from './0010-dataset-splits';
import { VersionNotes1764000000011 } from './0011-version-notes';
import { IdempotencyKeys1764000000012 } from './0012-idempotency-keys';
import { JobNeeds1764000000013 } from './0013-job-needs';
import { Images1764000000014 } from './0014-images';
import { TimmCoAtNets1764000000015 } from './0015-timm-coatnets';

/** Migrations in the order in which they run. A released migration is never changed. */
export const migrations = [
  Core1764000000001,
  Jobs1764000000002,
  JobTypes1764000000003,
  VersionFormat1764000000004,
  Artifacts1764000000005,
  Measurements1764000000006,
  Workers1764000000007,
  Lists1764000000008,
  Keys1764000000009,
  DatasetSplits1764000000010,
  VersionNotes1764000000011,
  IdempotencyKeys1764000000012,
  JobNeeds1764000000013,
  Images1764000000014,
  TimmCoAtNets1764000000015,
];
