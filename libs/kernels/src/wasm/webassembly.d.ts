/** What this engine uses of WebAssembly's JavaScript API, whose types else come with the browser's whole library only. */
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
