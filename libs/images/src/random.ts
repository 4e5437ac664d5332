/**
 * Returns a random number as a pure function of its keys (`seed`, epoch, image, …), so resuming a training needs no saved
 * state.
 * @returns a 32-bit unsigned integer
 */
export function hash(...keys: number[]): number {
  let state = 0x9e3779b9;
  for (const key of keys) state = mix((state ^ mix(key >>> 0)) + 0x9e3779b9);
  return state;
}

/** Applies MurmurHash3's finalizer: every input bit changes every output bit half the time. */
function mix(value: number): number {
  value ^= value >>> 16;
  value = Math.imul(value, 0x85ebca6b);
  value ^= value >>> 13;
  value = Math.imul(value, 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

/** A sequence of random numbers that depends only on its keys. */
export class Draws {
  private state: number;

  constructor(...keys: number[]) {
    this.state = hash(...keys);
  }

  /** Returns a 32-bit unsigned integer. */
  next(): number {
    this.state = (this.state + 0x9e3779b9) >>> 0;
    return mix(this.state);
  }

  /** Returns a number in [low, high). */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * (this.next() / 2 ** 32);
  }

  /** Returns an integer in [0, count). */
  integer(count: number): number {
    return Math.floor(this.uniform(0, count));
  }

  /** Returns 1 or −1. */
  sign(): 1 | -1 {
    return this.next() % 2 === 0 ? 1 : -1;
  }

  /** Returns a normally distributed number with mean 0 and deviation 1 (Box–Muller). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Returns a gamma-distributed number with the given shape and scale 1 (Marsaglia and Tsang, 2000). */
  gamma(shape: number): number {
    // Shapes below 1 use the distribution of shape + 1.
    if (shape < 1) return this.gamma(shape + 1) * (1 - this.uniform()) ** (1 / shape);
    const d = shape - 1 / 3;
    for (;;) {
      const x = this.normal();
      const v = (1 + x / Math.sqrt(9 * d)) ** 3;
      const u = 1 - this.uniform();
      if (v > 0 && Math.log(u) < x ** 2 / 2 + d - d * v + d * Math.log(v)) return d * v;
    }
  }

  /** Returns a number in [0, 1] from the beta distribution with both parameters `alpha`. */
  beta(alpha: number): number {
    const first = this.gamma(alpha);
    const second = this.gamma(alpha);
    // For shapes near 0 both may underflow. The mass is then at the two ends.
    return first + second > 0 ? first / (first + second) : this.integer(2);
  }
}
