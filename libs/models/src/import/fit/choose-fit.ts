import type { Architecture } from '../../architectures/architecture';
import { findArchitecture, listArchitectures } from '../../architectures/catalogue';
import { UnknownArchitectureError, UnknownWeightsError } from '../../errors';
import { fail } from '../../weights/fail';
import type { FileTensors, OpenOptions } from '../weights-format';
import type { Fit, FitOptions } from './fit';
import { fitLayerNames } from './fit-layer-names';
import { fitTorchNames } from './fit-torch-names';
import { type Network, networkOf } from './network';

/** Maximum number of architectures that a message suggests. */
const maxSuggested = 3;
/** Minimum share of common tensors for an architecture to be suggested. */
const worthMention = 0.2;

/**
 * Reads a file's tensors as those of the requested architecture or, by default, of the one that matches their names and
 * shapes.
 * @throws RangeError when such files never contain that architecture
 * @throws UnknownWeightsError when no architecture matches
 */
export async function chooseFit(
  file: FileTensors,
  { architecture, replaceHead = false }: OpenOptions,
): Promise<Fit> {
  const options = { replaceHead };
  const wanted = architecture ?? described(file);
  if (wanted) {
    const fit = fitTo(file, networkOf(wanted), options);
    const others = siblings(wanted).map((each) => fitTo(file, networkOf(each), options));
    const best = fullest([fit, ...others]);
    if (best && best === fit) return fit;
    if (best) return noted(best, otherNames(wanted, best.network.architecture));
    if (architecture && fit) return fit;
    if (architecture) return neverHolds(wanted);
  }
  const fits = await allFits(file, options);
  const first = fullest(fits);
  const others = fits.filter((fit) => fit.complete && fit.matched === first?.matched).slice(1);
  if (!first) throw new UnknownWeightsError(nearest(fits, file));
  const { title, name } = first.network.architecture;
  const same = others.map(({ network }) => network.architecture.name);
  const also = same.length > 0 ? ` ${same.join(', ')} would fit as well.` : '';
  return noted(first, `Names and shapes are those of ${title} (${name}).${also}`);
}

/** Returns possible reasons why a file's tensors don't fit, and remedies, in full sentences. */
export function hintsFor(
  file: FileTensors,
  fit: Fit,
  architectures: readonly Architecture[],
  options: FitOptions,
): string[] {
  if (fit.hints.length > 0) return fit.hints;
  if (fit.complete) return [];
  const fits = architectures.flatMap((each) => fitTo(file, networkOf(each), options) ?? []);
  return nearest(
    fits.filter((each) => each.matched > fit.matched || each.complete),
    file,
  );
}

/**
 * Of the networks that are all there, returns the one that has most of the file's tensors, the first of equals: one
 * network's names may be a part of another's.
 */
function fullest(fits: readonly (Fit | undefined)[]): Fit | undefined {
  return fits.reduce((best, fit) => {
    return fit?.complete && fit.matched > (best?.matched ?? 0) ? fit : best;
  }, undefined);
}

async function allFits(file: FileTensors, options: FitOptions): Promise<Fit[]> {
  const fits: Fit[] = [];
  for (const architecture of listArchitectures()) {
    // Each takes some milliseconds, which would block the event loop.
    await new Promise(setImmediate);
    const fit = fitTo(file, networkOf(architecture), options);
    if (fit) fits.push(fit);
  }
  return fits;
}

function nearest(fits: readonly Fit[], { tensors }: FileTensors): string[] {
  const whole = fits.filter(({ complete }) => complete);
  if (whole.length > 0) {
    const names = whole.map(({ network }) => network.architecture.name).join(' or ');
    return [`They fit ${names}: name that architecture, or omit it.`];
  }
  // Relative to both, as a small network may be part of a large one.
  const share = ({ matched, network }: Fit) => {
    return (2 * matched) / (network.backbone.length + tensors.size);
  };
  const near = fits
    .filter((fit) => share(fit) >= worthMention)
    .sort((a, b) => share(b) - share(a))
    .slice(0, maxSuggested)
    .map(({ network: { architecture, backbone }, matched }) => {
      return `${architecture.name} (${matched} of ${backbone.length} tensors)`;
    });
  return near.length > 0 ? [`They are most similar to ${near.join(', ')}.`] : [];
}

function noted(fit: Fit, note: string): Fit {
  return { ...fit, notes: [note, ...fit.notes] };
}

/** Returns the architecture in the metadata of a file that was written here. */
function described({ described }: FileTensors): Architecture | undefined {
  if (described?.architecture === undefined) return undefined;
  try {
    return findArchitecture(described.architecture);
  } catch (error) {
    if (error instanceof UnknownArchitectureError) return undefined;
    throw error;
  }
}

/** Returns the same network with the names and details of other libraries. */
function siblings(architecture: Architecture): Architecture[] {
  const network = ({ title }: Architecture) => title.split(/[ ,]/, 1)[0];
  return listArchitectures().filter(
    (each) => each !== architecture && network(each) === network(architecture),
  );
}

function otherNames(wanted: Architecture, { name, source }: Architecture): string {
  const whose = source === 'paper' ? "the paper's network" : `${source}'s variant of the network`;
  return `${wanted.name} was requested, but names and shapes are those of ${whose}, so it was read as ${name}.`;
}

function neverHolds({ title }: Architecture): never {
  return fail(`such files contain a released EfficientNetV2 (B0 to B3, S to XL), not ${title}`);
}

/** Reads a file's tensors as a network's; returns undefined if such files never contain it. */
export function fitTo(file: FileTensors, network: Network, options: FitOptions): Fit | undefined {
  return file.tables
    ? fitLayerNames(file, file.tables, network, options)
    : fitTorchNames(file, network, options);
}
