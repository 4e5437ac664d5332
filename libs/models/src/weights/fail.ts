/** @throws RangeError: whoever knows the file says which one it is about */
export function fail(reason: string): never {
  throw new RangeError(reason);
}
