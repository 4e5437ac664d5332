import { expect, it } from 'vitest';
import { valleyOf } from './learning-rate-finder';

/** Builds a point per loss, with the index as the learning rate. */
const curveOf = (losses: number[]) => losses.map((loss, learningRate) => ({ learningRate, loss }));

it('suggests the middle of the longest fall', () => {
  // The losses are flat, then fall from 3 to 9, then rise.
  expect(valleyOf(curveOf([2, 2, 2, 2, 1.8, 1.5, 1.1, 0.8, 0.6, 0.5, 0.9, 4]))).toBe(6);
});

it('looks past a bump in the fall', () => {
  expect(valleyOf(curveOf([2, 1.8, 1.6, 1.7, 1.4, 1.2, 1, 3, 5]))).toBe(3);
});

it('finds none where the loss does not fall', () => {
  const [message, few] = [/give learningRate a value/, curveOf([2, 1])];
  expect(() => valleyOf(curveOf([1, 2, 3, 4, 5]))).toThrow(message);
  expect(() => valleyOf(few)).toThrow(message);
  expect(() => valleyOf([])).toThrow(message);
});
