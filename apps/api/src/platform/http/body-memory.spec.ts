import { EventEmitter } from 'node:events';
import type { Request, Response } from 'express';
import { describe, expect, it } from 'vitest';
import { BodyMemory } from './body-memory';

const mebibyte = 1024 ** 2;

/** Opens a request's body and returns it with a function that ends the answer. */
function body(memory: BodyMemory, length?: number) {
  const response = Object.assign(new EventEmitter(), { closed: false });
  const headers = length === undefined ? {} : { 'content-length': String(length) };
  const held = memory.open({ headers } as Request, response as never as Response);
  const end = () => {
    response.closed = true;
    response.emit('close');
  };
  return { add: (bytes: number) => held.add(bytes), end };
}

const full = { code: 'QUEUE_FULL', retryAfterMs: 1000 };

describe('BodyMemory', () => {
  it('received bytes count, announced ones do not', () => {
    const memory = new BodyMemory(8 * mebibyte);
    const slow = Array.from({ length: 20 }, () => body(memory));
    for (const { add } of slow) add(1);
    body(memory, 6 * mebibyte).add(6 * mebibyte);
  });

  it('a body that exceeds the limit is refused and released', () => {
    const memory = new BodyMemory(8 * mebibyte);
    const [first, second, third] = [body(memory), body(memory), body(memory)];
    first.add(4 * mebibyte);
    second.add(3 * mebibyte);
    expect(() => third.add(2 * mebibyte)).toThrow(expect.objectContaining(full));
    expect(() => body(memory, 2 * mebibyte)).toThrow(expect.objectContaining(full));
    expect(() => second.add(2 * mebibyte)).toThrow(expect.objectContaining(full));
    first.add(4 * mebibyte);
    first.end();
    body(memory).add(8 * mebibyte);
  });

  it('a small body is accepted although large ones have used up the limit', () => {
    const memory = new BodyMemory(8 * mebibyte);
    body(memory).add(8 * mebibyte);
    const small = [body(memory, mebibyte), body(memory, mebibyte)];
    for (const { add } of small) add(mebibyte);
    expect(() => body(memory, mebibyte)).toThrow(expect.objectContaining(full));
  });

  it('a single body is accepted whatever its size', () => {
    body(new BodyMemory(mebibyte), 9 * mebibyte).add(9 * mebibyte);
  });
});
