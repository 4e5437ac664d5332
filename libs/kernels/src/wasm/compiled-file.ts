import { join } from 'node:path';

/** A file of the package's build: the same one whether the sources run or what was compiled from them. */
export function compiledFile(name: string): string {
  return join(__dirname, '../../dist/wasm', name);
}
