import { Core1764000000001 } from './0001-core';

/** In the order in which they run; a migration that has been released is never changed. */
export const migrations = [Core1764000000001];
