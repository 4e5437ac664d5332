import { fits } from '../../weights/match-weights';
import type { TensorSpec } from '../../net/tensor-spec';
import type { Network } from './network';

/** Anything that tells tensors' shapes by name. */
type Shapes = ReadonlyMap<string, { shape: readonly number[] }>;

interface FoundPrefix {
  /** What to put before the network's names; empty: nothing. */
  prefix: string;
  /** How many of the backbone's tensors are under it, in their shapes. */
  matched: number;
  /** Those of other copies of the network, which are not read. */
  others: string[];
  /** Copies among which nothing says which to read; the prefix is one of them. */
  ambiguous: string[];
}

/** Of the convolutions whose names tell where a network begins. */
const anchors = 2;
/** Prefixes that are tried; a file may have as many as it likes. */
const maxTried = 12;

/** Names of averaged copies, which evaluate better than what they are of; and of networks that only taught. */
const averaged = /(^|[._])(ema|swa|averaged?)([._]|$)|(^|[._])(ema|swa)_/i;
const teaching = /(^|[._])(teacher|target|momentum|key)([._]|$)/i;

/**
 * Finds what wraps of the network have put before its names: the prefix under which most of its backbone is.
 * @param names of all tensors
 */
export function findPrefix(tensors: Shapes, network: Network): FoundPrefix {
  const tried = candidates(tensors.keys(), network).map((prefix) => {
    return { prefix, matched: matchedUnder(prefix, tensors, network.backbone) };
  });
  const most = Math.max(...tried.map(({ matched }) => matched));
  const best = tried.filter(({ matched }) => matched === most).map(({ prefix }) => prefix);
  const prefix = best.includes('') ? '' : (preferred(best) ?? best[0]);
  // What has half of the backbone is another copy, perhaps one of another width.
  const others = tried
    .filter((each) => each.prefix !== prefix && each.matched > network.backbone.length / 2)
    .map((each) => each.prefix);
  const clear = best.length === 1 || best.includes('') || preferred(best) !== undefined;
  return { prefix, matched: most, others, ambiguous: clear ? [] : best };
}

function preferred(prefixes: readonly string[]): string | undefined {
  const averages = prefixes.filter((prefix) => averaged.test(prefix));
  if (averages.length === 1) return averages[0];
  const taught = prefixes.filter((prefix) => !teaching.test(prefix));
  return taught.length === 1 ? taught[0] : undefined;
}

export function isAverage(prefix: string): boolean {
  return averaged.test(prefix);
}

function candidates(names: Iterable<string>, { backbone }: Network): string[] {
  const ends = backbone.filter(({ shape }) => shape.length === 4).slice(0, anchors);
  const found = new Set(['']);
  for (const name of names) {
    for (const { name: end } of ends) {
      if (name.endsWith(`.${end}`)) found.add(name.slice(0, -end.length));
    }
  }
  return [...found].sort((a, b) => a.length - b.length).slice(0, maxTried);
}

function matchedUnder(prefix: string, tensors: Shapes, specs: readonly TensorSpec[]): number {
  let matched = 0;
  for (const spec of specs) {
    const found = tensors.get(prefix + spec.name);
    if (found && fits(spec, found.shape)) matched++;
  }
  return matched;
}
