/**
 * The part of minijinja's WebAssembly glue that this room uses. The package types only its
 * ready-made entry point, which shares one instance for the life of the process; here each
 * compilation has its own instance.
 */
declare module 'minijinja-js/dist/bundler/minijinja_js_bg.js' {
  export class Environment {
    undefinedBehavior: 'strict' | 'chainable' | 'lenient';
    keepTrailingNewline: boolean;
    debug: boolean;
    fuel: number | undefined;
    addTemplate(name: string, source: string): void;
    renderNamedStr(name: string, source: string, context: Record<string, unknown>): string;
    /**
     * Releases the instance's pointer, so that no finalizer frees it in a later instance's memory.
     */
    __destroy_into_raw(): number;
  }
  /** Sets the exports that every later call uses. */
  export function __wbg_set_wasm(exports: WebAssembly.Exports): void;
}
