import type { Preprocessing } from '../architectures/architecture';
import type { ExportDescription } from '../export/export-options';

/** Metadata that exports write into a file; unknown fields are undefined. */
export type OwnDescription = Partial<ExportDescription>;

/**
 * Reads an export's metadata.
 * @param metadata of a file that was exported here
 * @throws RangeError when it is malformed
 */
export function ownDescription(metadata: ReadonlyMap<string, string>): OwnDescription {
  const labels = parsed(metadata, 'labels', isLabels, 'a list of strings');
  const preprocessing = parsed(metadata, 'preprocessing', isPreprocessing, 'a preprocessing');
  const texts = ['architecture', 'licence', 'source'] as const;
  return {
    ...(labels && { labels }),
    ...(preprocessing && { preprocessing }),
    ...Object.fromEntries(
      texts.filter((key) => metadata.has(key)).map((key) => [key, metadata.get(key)]),
    ),
  };
}

/** Returns an export's description as a safetensors file's metadata. */
export function safetensorsMetadata({
  labels,
  preprocessing,
  ...texts
}: OwnDescription): Record<string, string> {
  const known = Object.entries(texts).filter(([, text]) => text !== undefined);
  return {
    // PyTorch's marker, which some readers require.
    format: 'pt',
    ...(labels ? { labels: JSON.stringify(labels) } : {}),
    ...(preprocessing ? { preprocessing: JSON.stringify(preprocessing) } : {}),
    ...Object.fromEntries(known),
  };
}

function parsed<T>(
  metadata: ReadonlyMap<string, string>,
  key: string,
  fits: (value: unknown) => value is T,
  wanted: string,
): T | undefined {
  const text = metadata.get(key);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RangeError(`its metadata "${key}" is not valid JSON`);
  }
  if (fits(value)) return value;
  throw new RangeError(`its metadata "${key}" is not ${wanted}`);
}

function isLabels(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((label) => typeof label === 'string');
}

function isPreprocessing(value: unknown): value is Preprocessing {
  if (typeof value !== 'object' || value === null) return false;
  const { imageSize, cropPercent, cropMode, interpolation, mean, std } =
    value as Partial<Preprocessing>;
  return (
    isWithin(imageSize, 1, 2 ** 16) &&
    Number.isInteger(imageSize) &&
    isWithin(cropPercent, Number.MIN_VALUE, 1) &&
    (cropMode === undefined || cropMode === 'center' || cropMode === 'squash') &&
    (interpolation === 'bicubic' || interpolation === 'bilinear') &&
    areThree(mean, -Number.MAX_VALUE) &&
    areThree(std, Number.MIN_VALUE)
  );
}

function areThree(value: unknown, minimum: number): boolean {
  const each = (part: unknown) => isWithin(part, minimum, Number.MAX_VALUE);
  return Array.isArray(value) && value.length === 3 && value.every(each);
}

function isWithin(value: unknown, minimum: number, maximum: number): boolean {
  return typeof value === 'number' && value >= minimum && value <= maximum;
}
