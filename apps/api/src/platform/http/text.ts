import { z } from 'zod';

// Postgres refuses NUL and lone surrogates in text.

/** Schema of a name or a label: one line, not empty. */
export const line = (maxLength: number) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(maxLength, `must be at most ${maxLength} characters`)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must not contain control characters');

/** Schema of text that may be empty or have several lines. */
export const prose = (maxLength: number) =>
  z
    .string()
    .trim()
    .max(maxLength, `must be at most ${maxLength} characters`)
    .regex(
      /^(?:[^\p{Cc}\p{Cs}]|[\t\n\r])*$/u,
      'must not contain control characters other than tabs and line ends',
    );

/** Returns whether text is complete base64 (RFC 4648 §4), including its padding. */
export function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}
