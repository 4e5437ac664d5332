import { shown } from '../../weights/fail';
import type { Leftover } from './find-head';

/** Maximum number of names in a note. */
const maxListed = 5;

/** Returns a note if the classifier's name in the file differs from the network's. */
export function headNote(weight: Leftover | undefined, ownModule: string): string[] {
  if (!weight || weight.module === ownModule) return [];
  return [`The classifier is "${shown(weight.module)}" in the file.`];
}

/** Returns a note about tensors that are not part of the network. */
export function leftOutNote(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const listed = names.slice(0, maxListed).map(shown).join(', ');
  const more = names.length > maxListed ? ` and ${names.length - maxListed} more` : '';
  return [`Ignored, as not part of the network: ${listed}${more}.`];
}

/** Returns a name for a tensor outside the network: its own, unless the network also has it. */
export function freeName(name: string, taken: ReadonlyMap<string, unknown>): string {
  return taken.has(name) ? freeName(`${name} (outside the network)`, taken) : name;
}
