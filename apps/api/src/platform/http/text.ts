import { z } from 'zod';

// Half of a character's surrogate pair, as NUL, is no text to Postgres.

/** A name or a label: one line, not empty. */
export const line = (maxLength: number) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(maxLength, `must be at most ${maxLength} characters`)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must not contain control characters');

/** Text of several lines, or none. */
export const prose = (maxLength: number) =>
  z
    .string()
    .trim()
    .max(maxLength, `must be at most ${maxLength} characters`)
    .regex(
      /^(?:[^\p{Cc}\p{Cs}]|[\t\n\r])*$/u,
      'must not contain control characters but tabs and line ends',
    );
