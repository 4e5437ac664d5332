/** Marks that mean something anywhere in a line. */
const marks = /[\\`*_[\]<>#|~&!$]/g;

/** What begins a list, a rule or an underlined heading at the start of a line. */
const lineStart = /^(?:([-+=])|(\d{1,9})([.)]))/;

/** Somebody's text as Markdown that shows it as it is: no headings, links, tags or tables come of it. */
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

/** A table of texts that are Markdown already. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
