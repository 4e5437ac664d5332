import { findArchitecture } from '@coatrack/models';
import { CardFacts, frontMatter } from './front-matter';
import type { VersionRecord } from '../models/model';

/** Maximum number of labels on a card. */
const labelLimit = 1000;

/** Returns a version's model card: Markdown with the Hub's front matter, in which users' text is always literal. */
export function modelCard(facts: CardFacts): string {
  const { version, description } = facts;
  const { title } = findArchitecture(version.architecture);
  const sections = [
    `# ${version.model}, version ${version.version}`,
    escapeMarkdown(description) || `An image classifier: ${title}.`,
    '## Intended use',
    version.intendedUse === null ? 'Not stated.' : escapeMarkdown(version.intendedUse),
    '## Lineage',
    lineage(facts),
    '## Accuracy',
    accuracy(version),
    '## Preprocessing',
    preprocessing(version),
    '## Labels',
    labels(version),
    '## Use',
    usage(version),
  ];
  return `${frontMatter(facts)}\n${sections.join('\n\n')}\n`;
}

function lineage({ version, lineage }: CardFacts): string {
  const { title } = findArchitecture(version.architecture);
  const { parameters, licence, dataset, metrics, blob: sha256 } = version;
  const facts = [
    ['Architecture', `${title} (\`${version.architecture}\`), ${parameters} parameters`],
    ['Licence', licence === null ? 'not stated' : escapeMarkdown(licence)],
    ['Trained on', dataset ? escapeMarkdown(dataset.name) : 'not stated'],
    ...(metrics?.epochs ? [['Weights of', epochsOf(metrics.epochs)]] : []),
    ['File', `${version.format}, SHA-256 \`${sha256}\``],
    ['Made', version.createdAt.toISOString()],
  ];
  const steps = lineage.map((step, index) => {
    const name = index === 0 ? 'This version' : `\`${step.model}:${step.version}\``;
    return `${index + 1}. ${name}: ${originOf(step)}`;
  });
  return `${table(['', ''], facts)}\n\n${steps.join('\n')}`;
}

function epochsOf(epochs: readonly number[]): string {
  return epochs.length === 1 ? `epoch ${epochs[0]}` : `epochs ${epochs.join(', ')}, averaged`;
}

function originOf({ parent, source, dataset }: VersionRecord): string {
  const on = dataset ? ` on ${escapeMarkdown(dataset.name)}` : '';
  if (parent) return `fine-tuned from \`${parent.model}:${parent.version}\`${on}`;
  if (source !== null) return `taken from ${escapeMarkdown(source)}`;
  return dataset ? `trained from fresh weights${on}` : 'source not stated';
}

function accuracy({ accuracy, metrics, dataset }: VersionRecord): string {
  const percent = (share?: number) =>
    share === undefined ? 'not stated' : `${Number((share * 100).toFixed(2))} %`;
  const measured = dataset
    ? `measured here, on validation images of ${escapeMarkdown(dataset.name)}`
    : 'measured here';
  return table(
    ['Figure', 'Top-1', 'Top-5'],
    [
      ['claimed by the paper, for this network', percent(accuracy.paper), ''],
      ['claimed by the publisher, for these weights', percent(accuracy.publisher), ''],
      [measured, percent(accuracy.measured), metrics ? percent(metrics.top5) : ''],
    ],
  );
}

function preprocessing({ preprocessing }: VersionRecord): string {
  const { imageSize, cropPercent, cropMode = 'center', interpolation, mean, std } = preprocessing;
  return table(
    ['', ''],
    [
      ['Size', `${imageSize} × ${imageSize} pixels`],
      ['Crop', `${cropMode}, ${Number((cropPercent * 100).toFixed(2))} %`],
      ['Interpolation', interpolation],
      ['Mean', mean.join(', ')],
      ['Standard deviation', std.join(', ')],
    ],
  );
}

function labels({ labels }: VersionRecord): string {
  const shown = labels.slice(0, labelLimit);
  const list = shown.map((label, index) => `${index}. ${escapeMarkdown(label)}`).join('\n');
  const more = labels.length - shown.length;
  return more > 0 ? `${list}\n\nand ${more} more.` : list;
}

function usage({ model, version }: VersionRecord): string {
  return [
    "With the server's address and a key in the environment:",
    '',
    '```sh',
    'curl -H "Authorization: Bearer $COATRACK_KEY" -F image=@image.jpg \\',
    `  "$COATRACK_URL/api/v1/models/${model}/predict?version=${version}"`,
    '```',
  ].join('\n');
}

/** Characters that have a meaning anywhere in a line. */
const marks = /[\\`*_[\]<>#|~&!$]/g;

/** Matches the start of a list, a rule or an underlined heading. */
const lineStart = /^(?:([-+=])|(\d{1,9})([.)]))/;

/** Escapes text as Markdown that shows it literally, without headings, links, tags or tables. */
export function escapeMarkdown(text: string): string {
  return text
    .split(/\r\n|\r|\n/)
    .map((line) =>
      line
        .trim()
        .replaceAll(marks, '\\$&')
        .replace(lineStart, (_, mark?: string, number?: string, end?: string) =>
          mark === undefined ? `${number}\\${end}` : `\\${mark}`,
        ),
    )
    .join('\n');
}

/** Returns a table of cells that are already Markdown. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
