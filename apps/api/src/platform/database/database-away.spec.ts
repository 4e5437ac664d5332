import { QueryFailedError } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { DatabaseAwayError, isPassing } from './database-away';

const coded = (code: string, message = code) => Object.assign(new Error(message), { code });

describe('isPassing', () => {
  it.each([
    '08006',
    '57014',
    '57P01',
    '57P03',
    '53100',
    '53300',
    '40001',
    '40P01',
    'ECONNREFUSED',
    'ECONNRESET',
  ])('%s counts as temporary, by itself and as the cause of a failed query', (code) => {
    expect(isPassing(coded(code))).toBe(true);
    expect(isPassing(new QueryFailedError('SELECT 1', [], coded(code)))).toBe(true);
  });

  it.each(['Connection terminated unexpectedly', 'Query runner already released.'])(
    '"%s" counts as temporary',
    (message) => expect(isPassing(new Error(message))).toBe(true),
  );

  it('the errors of all addresses that were tried are considered', () => {
    expect(isPassing(new AggregateError([coded('ECONNREFUSED')]))).toBe(true);
  });

  it.each(['23503', '23505', '42P01', '22P02', '54000', 'ENOSPC'])(
    '%s is not temporary and reaches the caller unchanged',
    (code) => {
      expect(isPassing(new QueryFailedError('SELECT 1', [], coded(code)))).toBe(false);
    },
  );
});

it('a full disk is distinguished from a database that is away', () => {
  expect(new DatabaseAwayError(new QueryFailedError('', [], coded('53100'))).full).toBe(true);
  expect(new DatabaseAwayError(coded('ECONNREFUSED')).full).toBe(false);
});
