import { findArchitecture } from '@coatrack/models';
import { stringify } from 'yaml';
import type { VersionRecord } from '../models/model';

export interface CardFacts {
  /** Description of the model. */
  description: string;
  version: VersionRecord;
  /** The version itself, its parent, and so on, as far as they still exist. */
  lineage: readonly VersionRecord[];
}

/** The Hub's names for common licences of weights; any other is `other` there. */
const hubLicences = new Set([
  'apache-2.0',
  'mit',
  'bsd-2-clause',
  'bsd-3-clause',
  'cc0-1.0',
  'cc-by-4.0',
  'cc-by-sa-4.0',
  'cc-by-nc-4.0',
  'cc-by-nc-sa-4.0',
  'gpl-3.0',
  'agpl-3.0',
  'lgpl-3.0',
  'mpl-2.0',
  'openrail',
  'unlicense',
]);

/**
 * Returns the YAML front matter that the Hugging Face Hub reads. https://huggingface.co/docs/hub/model-cards
 * Accuracy claimed by others is listed separately from the accuracy measured here.
 */
export function frontMatter({ version, lineage }: CardFacts): string {
  const { architecture, dataset, accuracy } = version;
  const base = lineage.map(hubRepository).find((name) => name) ?? version.parent?.model;
  const fields = {
    ...licenceOf(version.licence),
    library_name: 'coatrack',
    pipeline_tag: 'image-classification',
    tags: ['image-classification', findArchitecture(architecture).family, architecture],
    ...(dataset ? { datasets: [dataset.name] } : {}),
    ...(base ? { base_model: base } : {}),
    ...(Object.keys(accuracy).length > 0 ? { accuracy } : {}),
    ...modelIndex(version),
  };
  // Folded lines are valid YAML, but not every parser supports them.
  return `---\n${stringify(fields, { lineWidth: 0 })}---\n`;
}

function licenceOf(licence: string | null): Record<string, string> {
  if (licence === null) return { license: 'unknown' };
  const name = licence.toLowerCase();
  return hubLicences.has(name) ? { license: name } : { license: 'other', license_name: licence };
}

/** Returns the repository that a source names: a page of the Hub, or of a mirror at one commit. */
function hubRepository({ source }: { source: string | null }): string | undefined {
  const page =
    /^https?:\/\/(?:huggingface\.co\/([\w.-]+\/[\w.-]+)(?:\/|$)|[^/]+\/([\w.-]+\/[\w.-]+)\/tree\/[\da-f]{40}$)/;
  const [, onHub, onMirror] = page.exec(source ?? '') ?? [];
  return onHub ?? onMirror;
}

function modelIndex({ model, dataset, metrics }: CardFacts['version']) {
  if (!metrics || !dataset) return {};
  const results = {
    task: { type: 'image-classification', name: 'Image classification' },
    dataset: { type: dataset.id, name: dataset.name, split: 'validation' },
    metrics: [
      { type: 'accuracy', name: 'Top-1 accuracy', value: metrics.top1 },
      { type: 'accuracy', name: 'Top-5 accuracy', value: metrics.top5 },
      { type: 'loss', name: 'Loss', value: metrics.loss },
    ],
  };
  return { 'model-index': [{ name: model, results: [results] }] };
}
