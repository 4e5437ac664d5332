export function raw(...parts: (string | Buffer)[]): Buffer;

export const pickle: {
  text(text: string): Buffer;
  count(value: number): Buffer;
  global(module: string, name: string): Buffer;
  tuple(...items: Buffer[]): Buffer;
  call(callee: Buffer, ...args: Buffer[]): Buffer;
  dict(entries: Buffer[][]): Buffer;
  whole(value: Buffer): Buffer;
};

export function pickledTensor(
  key: string,
  shape: number[],
  options?: { storageType?: string; strides?: number[]; offset?: number; length?: number },
): Buffer;

export function zip(
  entries: { name: string; bytes: Uint8Array; method?: number; crc?: number; size?: number }[],
): Buffer;

export function torchFile(
  tensors: {
    name: string;
    shape: readonly number[];
    values: Float32Array | BigInt64Array;
  }[],
): Buffer;
