import { fits } from '../../weights/match-weights';
import type { TensorSpec } from '../../net/tensor-spec';
import type { Network } from './network';

/** Shapes of tensors by name. */
type Shapes = ReadonlyMap<string, { shape: readonly number[] }>;

interface FoundPrefix {
  /** Prefix of the network's names; may be empty. */
  prefix: string;
  /** Number of the backbone's tensors that have this prefix and the right shape. */
  matched: number;
  /** Prefixes of other copies of the network, which are not read. */
  others: string[];
  /** Prefixes of copies between which there is no way to choose, including `prefix`. */
  ambiguous: string[];
}

/** Number of convolutions whose names are used to find prefixes. */
const anchors = 2;
/** Maximum number of prefixes to try. */
const maxTried = 12;

/** Names of averaged copies, which are more accurate than the originals; and of teachers in distillation. */
const averaged = /(^|[._])(ema|swa|averaged?)([._]|$)|(^|[._])(ema|swa)_/i;
const teaching = /(^|[._])(teacher|target|momentum|key)([._]|$)/i;

/**
 * Finds the prefix that wrappers have added to the network's names: the one with most of its backbone.
 */
export function findPrefix(tensors: Shapes, network: Network): FoundPrefix {
  const tried = candidates(tensors.keys(), network).map((prefix) => {
    return { prefix, matched: matchedUnder(prefix, tensors, network.backbone) };
  });
  const most = Math.max(...tried.map(({ matched }) => matched));
  const best = tried.filter(({ matched }) => matched === most).map(({ prefix }) => prefix);
  const prefix = best.includes('') ? '' : (preferred(best) ?? best[0]);
  // A prefix with half of the backbone is another copy, perhaps of another width.
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
