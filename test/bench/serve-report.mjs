/** The Markdown of bench:serve. */

export function median(values) {
  return percentile(values, 50);
}

/** The smallest value that so many percent of all do not exceed; NaN of none. */
export function percentile(values, percent) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? NaN;
}

const percents = [50, 95, 99];

export const tableHead = [
  '| side | p50, ms | p95 | p99 | images/s | ratio to raw (range) | API RSS before, MiB | after | other answers |',
  '|---|---|---|---|---|---|---|---|---|',
].join('\n');

const all = (turns, key) => turns.flatMap((turn) => turn[key] ?? []);

/** Ratios are of turns of one round, which the machine's other work falls on alike. */
export function sideRow({ title, turns, before, after }, raw) {
  const times = all(turns, 'times');
  const ratios = turns.map(({ rate }, round) => rate / raw.turns[round].rate);
  const range = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
  const cells = [
    title,
    ...percents.map((percent) => percentile(times, percent).toFixed(1)),
    median(turns.map(({ rate }) => rate)).toFixed(1),
    `${median(ratios).toFixed(2)} (${range})`,
    before.toFixed(0),
    after.toFixed(0),
    otherAnswers(turns),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** Counts by status, of all but those with predictions; 0 is no answer at all. */
function otherAnswers(turns) {
  const counts = {};
  for (const { others = {}, refusals = [] } of turns) {
    if (refusals.length > 0) counts[429] = (counts[429] ?? 0) + refusals.length;
    for (const [status, times] of Object.entries(others)) {
      counts[status] = (counts[status] ?? 0) + times.length;
    }
  }
  return Object.entries(counts)
    .map(([status, count]) => `${count} × ${status}`)
    .join(', ');
}

export function overloadRow({ turns }, peak) {
  const [times, refusals] = [all(turns, 'times'), all(turns, 'refusals')];
  const goodput = median(turns.map(({ rate }) => rate));
  const share = refusals.length / (refusals.length + times.length);
  const refused = percents
    .map((percent) => `p${percent} ${percentile(refusals, percent).toFixed(1)}`)
    .join(', ');
  return (
    `Overloaded: goodput ${(goodput / peak).toFixed(2)} of the peak over HTTP; ` +
    `${(share * 100).toFixed(0)} % answered 429, after ${refused} ms; ` +
    `p99 of the accepted ${percentile(times, 99).toFixed(0)} ms.`
  );
}
