import { publishedLabels } from '@coatrack/models';
import { DomainError } from '../../platform/errors/domain-error';

/** @throws DomainError INVALID_LABELS */
export function invalidLabels(message: string): never {
  throw new DomainError('INVALID_LABELS', `The labels don't fit: ${message}.`, [
    { where: 'config.labels', message },
  ]);
}

/** @throws DomainError INVALID_LABELS when no published labels exist for this number of classes */
export function labelsPublishedFor(classes: number): string[] {
  const published = publishedLabels(classes);
  return published
    ? [...published]
    : invalidLabels(`${classes} classes have no published labels; name them`);
}

/**
 * Numbers repeated labels, such as ImageNet's two "crane": "crane", "crane (2)".
 * @returns unique labels in order, and notes for users in full sentences
 */
export function distinctLabels(labels: readonly string[]): { labels: string[]; notes: string[] } {
  const given = new Set(labels);
  const taken = new Set<string>();
  const repeated = new Set<string>();
  const result = labels.map((label) => {
    let name = label;
    for (let number = 2; taken.has(name); number++) {
      const next = `${label} (${number})`;
      name = given.has(next) ? name : next;
    }
    if (name !== label) repeated.add(label);
    taken.add(name);
    return name;
  });
  return { labels: result, notes: notesOf([...repeated]) };
}

const maxListed = 5;

function notesOf(repeated: readonly string[]): string[] {
  if (repeated.length === 0) return [];
  const listed = repeated.slice(0, maxListed).map((label) => `"${label}"`);
  const more = repeated.length > maxListed ? ` and ${repeated.length - maxListed} more` : '';
  return [`Repeated labels were numbered: ${listed.join(', ')}${more}.`];
}
