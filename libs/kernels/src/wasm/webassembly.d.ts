/** The part of WebAssembly's JavaScript API that this engine uses; TypeScript only has the types in its DOM library. */
declare namespace WebAssembly {
  interface Memory {
    readonly buffer: SharedArrayBuffer;
  }
  const Memory: new (pages: { initial: number; maximum: number; shared: boolean }) => Memory;
  type Module = object;
  const Module: new (bytes: Uint8Array) => Module;
  const Instance: new (
    module: Module,
    imports: { env: { memory: Memory } },
  ) => { readonly exports: object };
}
