interface Waiting {
  pixels: number;
  start: () => void;
}

/** Bounds the number of pixels in memory. Work waits in order until the pixels it needs are free. */
export class PixelBudget {
  private readonly waiting: Waiting[] = [];
  private free: number;

  constructor(private readonly total: number) {
    this.free = total;
  }

  /** Runs work that holds this many pixels. Work that needs more than the whole budget runs alone. */
  async run<Value>(pixels: number, work: () => Promise<Value>): Promise<Value> {
    const held = Math.min(pixels, this.total);
    await this.take(held);
    try {
      return await work();
    } finally {
      this.free += held;
      this.startNext();
    }
  }

  private async take(pixels: number): Promise<void> {
    if (this.waiting.length === 0 && pixels <= this.free) this.free -= pixels;
    else await new Promise<void>((start) => this.waiting.push({ pixels, start }));
  }

  private startNext(): void {
    for (let next = this.waiting[0]; next && next.pixels <= this.free; next = this.waiting[0]) {
      this.waiting.shift();
      this.free -= next.pixels;
      next.start();
    }
  }
}
