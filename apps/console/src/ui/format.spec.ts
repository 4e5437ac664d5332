import { describe, expect, it } from 'vitest';
import { ago, bytes, decimal, duration, magnitude, percent, plural } from './format';

describe('format', () => {
  it('numbers are formatted for readers', () => {
    expect(percent(0.9754)).toBe('97.5 %');
    expect(magnitude(7_139_704)).toBe('7.14 M');
    expect(magnitude(2_440_000_000)).toBe('2.44 G');
    expect(bytes(999)).toBe('999 B');
    expect(bytes(28_400_000)).toBe('28.4 MB');
    expect(plural(1, 'image')).toBe('1 image');
    expect(plural(1200, 'class', 'classes')).toBe('1,200 classes');
    expect(decimal(0.00004)).toBe('4.0e-5');
    expect(decimal(2.3026)).toBe('2.303');
  });

  it('a duration never shows sixty seconds', () => {
    expect(duration(0.2)).toBe('under a second');
    expect(duration(59.6)).toBe('1 min 0 s');
    expect(duration(75)).toBe('1 min 15 s');
    expect(duration(7260)).toBe('2 h 1 min');
  });

  it('recent times are shown as ages, older ones as dates', () => {
    const now = Date.parse('2025-03-10T12:00:00Z');
    expect(ago('2025-03-10T11:59:58Z', now)).toBe('just now');
    expect(ago('2025-03-10T11:55:00Z', now)).toBe('5 minutes ago');
    expect(ago('2025-03-09T12:00:00Z', now)).toBe('yesterday');
    expect(ago('2025-02-01T12:00:00Z', now)).toBe('Feb 1, 2025');
  });
});
