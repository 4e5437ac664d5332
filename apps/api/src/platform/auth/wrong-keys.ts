import { isIPv6 } from 'node:net';

const windowMs = 60_000;
/** Wrong keys within the window after which an address has to wait for its end. */
const limit = 10;
/** Addresses that are counted at once; beyond them the one whose window began first is forgotten. */
const addressLimit = 10_000;

interface Window {
  began: number;
  count: number;
}

/** Counts wrong keys by the address that they came from. */
export class WrongKeys {
  private readonly windows = new Map<string, Window>();

  /** Returns for how many milliseconds an address is not to guess any more: 0 where it may. */
  waitOf(address: string, now = performance.now()): number {
    const window = this.windows.get(networkOf(address));
    if (!window || window.count < limit) return 0;
    return Math.max(0, window.began + windowMs - now);
  }

  /** Counts a wrong key; returns whether it was the last one for the time being. */
  count(address: string, now = performance.now()): boolean {
    const network = networkOf(address);
    const window = this.windows.get(network);
    if (window && now - window.began < windowMs) {
      window.count += 1;
      return window.count === limit;
    }
    // Deleted first, so that the map stays in the order in which windows began.
    this.windows.delete(network);
    this.windows.set(network, { began: now, count: 1 });
    if (this.windows.size > addressLimit) this.windows.delete(this.windows.keys().next().value!);
    return false;
  }
}

/** A client has a whole /64 of IPv6 to itself; IPv4 is compared as it is, also in its mapped form. */
function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped) return mapped;
  if (!isIPv6(address)) return address;
  // The URL parser writes addresses out in one way only, with the longest run of zeros as "::".
  const [head = '', tail = ''] = new URL(`http://[${address.split('%')[0]}]`).hostname
    .slice(1, -1)
    .split('::');
  const groups = head.split(':').filter(Boolean);
  const rest = tail.split(':').filter(Boolean);
  const zeros = Array.from({ length: 8 - groups.length - rest.length }, () => '0');
  return [...groups, ...zeros, ...rest].slice(0, 4).join(':');
}
