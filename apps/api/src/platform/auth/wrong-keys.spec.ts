import { expect, it } from 'vitest';
import { WrongKeys } from './wrong-keys';

const guess = (wrong: WrongKeys, address: string, times: number, now = 0) =>
  Array.from({ length: times }, () => wrong.count(address, now));

it('an address may guess ten times per minute', () => {
  const wrong = new WrongKeys();
  expect(guess(wrong, '10.0.0.1', 10)).toEqual([...Array(9).fill(false), true]);
  expect(wrong.waitOf('10.0.0.1', 20_000)).toBe(40_000);
  expect(wrong.waitOf('::ffff:10.0.0.1', 20_000)).toBe(40_000);
  expect(wrong.waitOf('10.0.0.2', 20_000)).toBe(0);
  expect(wrong.waitOf('10.0.0.1', 60_000)).toBe(0);
  guess(wrong, '10.0.0.1', 1, 60_000);
  expect(wrong.waitOf('10.0.0.1', 60_000)).toBe(0);
});

it('addresses of the same IPv6 /64 network are counted together', () => {
  const wrong = new WrongKeys();
  guess(wrong, '2001:db8:0:1::1', 5);
  guess(wrong, '2001:db8::1:ffff:0:0:2', 5);
  expect(wrong.waitOf('2001:db8:0:1:abcd::', 0)).toBe(60_000);
  expect(wrong.waitOf('2001:db8:0:2::1', 0)).toBe(0);
  expect(wrong.waitOf('::1', 0)).toBe(0);
});

it('the oldest address is forgotten beyond ten thousand', () => {
  const wrong = new WrongKeys();
  guess(wrong, '10.0.0.1', 10);
  for (let index = 0; index < 10_000; index += 1) {
    wrong.count(`11.0.${index >> 8}.${index & 255}`, 1);
  }
  expect(wrong.waitOf('10.0.0.1', 1)).toBe(0);
});
