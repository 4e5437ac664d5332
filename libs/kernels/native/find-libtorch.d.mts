export interface Libtorch {
  include: string;
  lib: string;
  /** In words: LIBTORCH, a Python's torch, the system. */
  origin: string;
  version: string;
  cuda: boolean;
  cxx11Abi: boolean;
}

/** @throws Error when there is none, with what to install */
export function findLibtorch(): Libtorch;
