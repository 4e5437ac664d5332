/** Checks whether the build matches the sources, without writing anything. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './command.mjs';

const shared = ['package-lock.json', 'nx.json', 'tsconfig.base.json', 'docs/openapi.json'];
const packages = ['apps', 'examples', 'libs'].flatMap((group) =>
  readdirSync(join(root, group)).map((name) => join(group, name)),
);

/** Paths that installations and builds write. */
const written =
  /(^|\/)(node_modules|dist|\.next|next-env\.d\.ts|[^/]*\.tsbuildinfo)$|^examples\/client\/src\/schema\.d\.ts$/;

/** Returns a digest of the sources' bytes. */
export function sourcesDigest() {
  const hash = createHash('sha256').update(process.version);
  const files = packages.flatMap((folder) => filesBelow(folder, written));
  for (const path of [...shared, ...files]) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update('\0');
  }
  return hash.digest('hex');
}

/** Returns a digest of the built files' names, sizes and times; undefined if a package has not been built. */
export function buildDigest() {
  const outputs = packages.map((folder) =>
    existsSync(join(root, folder, 'next.config.mjs'))
      ? [join(folder, '.next', 'BUILD_ID')]
      : filesBelow(join(folder, 'dist'), /^$/),
  );
  const hash = createHash('sha256');
  for (const files of outputs) {
    if (files.length === 0 || !existsSync(join(root, files[0]))) return undefined;
    for (const path of files) {
      const { size, mtimeMs } = statSync(join(root, path));
      hash.update(`${path}\0${size}\0${mtimeMs}\0`);
    }
  }
  return hash.digest('hex');
}

/** Returns the paths of all files below a folder in order, without those that match or are below a match. */
function filesBelow(folder, leftOut) {
  if (!existsSync(join(root, folder))) return [];
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((entry) => ({ path: join(folder, entry.name), isFolder: entry.isDirectory() }))
    .filter(({ path }) => !leftOut.test(path))
    .flatMap(({ path, isFolder }) => (isFolder ? filesBelow(path, leftOut) : [path]));
}
