import { join } from 'node:path';

/** Returns the path of a file of the package's build, whether the sources or the compiled files are running. */
export function compiledFile(name: string): string {
  return join(__dirname, '../../dist/wasm', name);
}
