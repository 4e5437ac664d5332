import { shown } from '../../weights/fail';
import type { Leftover } from './find-head';

/** Names that a note lists. */
const maxListed = 5;

/** Says that the classifier has another name in the file than the network's own. */
export function headNote(weight: Leftover | undefined, ownModule: string): string[] {
  if (!weight || weight.module === ownModule) return [];
  return [`The classifier is "${shown(weight.module)}" of the file.`];
}

/** Says what of the file is no part of the network. */
export function leftOutNote(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const listed = names.slice(0, maxListed).map(shown).join(', ');
  const more = names.length > maxListed ? ` and ${names.length - maxListed} more` : '';
  return [`Left out, as no part of the network: ${listed}${more}.`];
}

/** Returns a name for what the network has no place for: its own, unless it is also one of the network's. */
export function freeName(name: string, taken: ReadonlyMap<string, unknown>): string {
  return taken.has(name) ? freeName(`${name} (outside the network)`, taken) : name;
}
