export interface Libtorch {
  include: string;
  lib: string;
  /** Description of its origin: LIBTORCH, Python's torch, or the system. */
  origin: string;
  version: string;
  cuda: boolean;
  cxx11Abi: boolean;
}

/** Finds libtorch. @throws Error saying what to install if there is none */
export function findLibtorch(): Libtorch;
