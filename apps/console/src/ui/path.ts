/** A page's path, with every segment and query value encoded: path`/models/${name}`. */
export function path(strings: TemplateStringsArray, ...values: (string | number)[]): string {
  return String.raw({ raw: strings }, ...values.map(encodeURIComponent));
}
