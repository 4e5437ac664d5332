import { isIPv6 } from 'node:net';

const windowMs = 60_000;
/** Wrong keys within a window after which an address must wait for the window's end. */
const limit = 10;
/** Maximum number of counted addresses; beyond it, the one whose window began first is forgotten. */
const addressLimit = 10_000;

interface Window {
  began: number;
  count: number;
}

/** Counts wrong keys by client address. */
export class WrongKeys {
  private readonly windows = new Map<string, Window>();

  /** Returns how many milliseconds an address must wait before its next guess; 0 if it need not. */
  waitOf(address: string, now = performance.now()): number {
    const window = this.windows.get(networkOf(address));
    if (!window || window.count < limit) return 0;
    return Math.max(0, window.began + windowMs - now);
  }

  /** Counts a wrong key; returns whether it was the last one allowed in this window. */
  count(address: string, now = performance.now()): boolean {
    const network = networkOf(address);
    const window = this.windows.get(network);
    if (window && now - window.began < windowMs) {
      window.count += 1;
      return window.count === limit;
    }
    // Deleted first to keep the map in the order in which windows began.
    this.windows.delete(network);
    this.windows.set(network, { began: now, count: 1 });
    if (this.windows.size > addressLimit) this.windows.delete(this.windows.keys().next().value!);
    return false;
  }
}

/** Returns the network of a client: a whole /64 for IPv6, the address itself for IPv4, mapped or not. */
function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped) return mapped;
  if (!isIPv6(address)) return address;
  // The URL parser normalises addresses, with the longest run of zeros as "::".
  const [head = '', tail = ''] = new URL(`http://[${address.split('%')[0]}]`).hostname
    .slice(1, -1)
    .split('::');
  const groups = head.split(':').filter(Boolean);
  const rest = tail.split(':').filter(Boolean);
  const zeros = Array.from({ length: 8 - groups.length - rest.length }, () => '0');
  return [...groups, ...zeros, ...rest].slice(0, 4).join(':');
}
