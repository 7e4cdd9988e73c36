/** The part of the WebAssembly API in use: TypeScript declares it only in its browser library. */
declare global {
  namespace WebAssembly {
    type Exports = Record<string, unknown>;
    type ModuleImports = Record<string, unknown>;
    class Module {
      constructor(bytes: Uint8Array);
    }
    class Instance {
      readonly exports: Exports;
      constructor(module: Module, imports: Record<string, ModuleImports>);
    }
    class Memory {
      private constructor();
      grow(pages: number): number;
    }
  }
}

export {};
