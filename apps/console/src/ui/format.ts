const locale = 'en';
const wholeNumber = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const threeDigits = new Intl.NumberFormat(locale, { maximumSignificantDigits: 3 });
const oneDecimal = new Intl.NumberFormat(locale, {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});

export const count = (value: number) => wholeNumber.format(value);

/** "1 image", "1,200 images" */
export const plural = (value: number, one: string, many = `${one}s`) =>
  `${count(value)} ${value === 1 ? one : many}`;

/** A share in [0, 1] as "97.5 %" */
export const percent = (share: number) => `${oneDecimal.format(share * 100)} %`;

/** 7139704 → "7.14 M" */
export const magnitude = (value: number) => scale(value, 1000, ['', 'k', 'M', 'G', 'T']);

export const bytes = (value: number) => scale(value, 1000, ['B', 'kB', 'MB', 'GB', 'TB']);

function scale(value: number, step: number, units: string[]): string {
  let index = 0;
  while (value >= step && index < units.length - 1) {
    value /= step;
    index += 1;
  }
  return `${threeDigits.format(value)} ${units[index]}`.trim();
}

/** 75 → "1 min 15 s", 7260 → "2 h 1 min" */
export function duration(seconds: number): string {
  if (seconds < 1) return 'under a second';
  const whole = Math.round(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}

export const milliseconds = (value: number) =>
  `${value < 10 ? oneDecimal.format(value) : count(value)} ms`;

/** Formats a loss or rate with enough digits to compare, in about six characters. */
export function decimal(value: number): string {
  if (value !== 0 && Math.abs(value) < 0.001) return value.toExponential(1);
  return value.toFixed(value < 10 ? 3 : 1);
}

const ages: [number, Intl.RelativeTimeFormatUnit][] = [
  [60, 'second'],
  [60, 'minute'],
  [24, 'hour'],
  [7, 'day'],
];
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });

/** Formats a time within the last week as "5 minutes ago", an older one as a date. */
export function ago(iso: string, now: number): string {
  let age = (now - Date.parse(iso)) / 1000;
  if (age < 10) return 'just now';
  for (const [size, unit] of ages) {
    if (age < size) return relative.format(-Math.floor(age), unit);
    age /= size;
  }
  return new Date(iso).toLocaleDateString(locale, { dateStyle: 'medium' });
}

export const dateTime = (iso: string) =>
  new Date(iso).toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'short' });
