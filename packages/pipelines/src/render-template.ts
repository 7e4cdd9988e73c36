import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import vm from 'node:vm';
import * as glue from 'minijinja-js/dist/bundler/minijinja_js_bg.js';
import { boundMemory } from './bounded-wasm.ts';
import { OUT_OF_TIME, type RenderBudget } from './render-budget.ts';
import { TemplateError } from './template-error.ts';
import { isScriptTimeout, translateTemplateError } from './translate-template-error.ts';

/** Steps of one rendering: some 120,000 turns of a small loop. */
const FUEL = 500_000;
const MEMORY_BYTES = 64 * 1024 * 1024;
/** For what few steps can still spend: a sort of a long list, a copy of a long text. */
const TIMEOUT_MS = 1_000;
const TRIES = 3;
/** A compiled pipeline longer than this is a mistake, and would be stored, logged and sent over IPC. */
const OUTPUT_MAX_LENGTH = 2_000_000;

const GLUE_MODULE = './minijinja_js_bg.js';

let compiled: WebAssembly.Module | undefined;
let current: WebAssembly.Instance | undefined;

/**
 * Renders a template with strict variables, no escaping, and nothing but `context` in reach. Each call has a fresh
 * WebAssembly instance (0.3 ms): a panic corrupts an instance for good, memory never shrinks, and so no template can
 * touch the next one. Steps, memory and time are bounded. Throws TemplateError; an error that a context function
 * throws comes out unchanged.
 *
 * The time is the clock's, which goes on while this process is frozen or waits for a processor. A good template that was
 * refused for that would be its author's failure and never tried again, so it is rendered anew. Which of the two it was
 * cannot be told: the processor's time is counted for the whole process, other threads compile and collect meanwhile.
 * With a budget each rendering has what is left of it, and one try: the owner of the budget decides about another.
 */
export function renderTemplate(
  template: string,
  context: Record<string, unknown>,
  budget?: RenderBudget,
): string {
  if (budget) {
    const { leftMs } = budget;
    if (leftMs === 0) throw new TemplateError(OUT_OF_TIME);
    return renderOnce(template, context, leftMs);
  }
  for (let tries = 1; ; tries += 1) {
    try {
      return renderOnce(template, context, TIMEOUT_MS);
    } catch (error) {
      if (!wasOutOfTime(error) || tries === TRIES) throw error;
    }
  }
}

function renderOnce(template: string, context: Record<string, unknown>, timeoutMs: number): string {
  startInstance();
  const environment = new glue.Environment();
  environment.debug = true;
  environment.undefinedBehavior = 'strict';
  environment.keepTrailingNewline = true;
  environment.fuel = FUEL;

  // An error cannot cross the WebAssembly frames, which would panic on it and forget it: it is kept here instead.
  let thrown: { error: unknown } | undefined;
  const guarded = guardFunctions(context, (error) => {
    thrown ??= { error };
  });
  try {
    const render = (): string => environment.renderNamedStr('pipeline.sql', template, guarded);
    const output = withinTime(render, timeoutMs);
    if (output.length > OUTPUT_MAX_LENGTH) {
      throw new TemplateError(`the SQL is longer than ${OUTPUT_MAX_LENGTH} characters`);
    }
    return output;
  } catch (error) {
    if (thrown) throw thrown.error;
    throw translateTemplateError(error);
  } finally {
    environment.__destroy_into_raw();
  }
}

/** Whether the time was over before a template was rendered, in one try or in all. */
export function wasOutOfTime(error: unknown): boolean {
  return (
    error instanceof TemplateError &&
    (error.message === OUT_OF_TIME || isScriptTimeout(error.cause))
  );
}

function guardFunctions(
  context: Record<string, unknown>,
  onError: (error: unknown) => void,
): Record<string, unknown> {
  const guard = ([name, value]: [string, unknown]): [string, unknown] => {
    if (typeof value !== 'function') return [name, value];
    const call = (...args: unknown[]): unknown => {
      try {
        return value(...args);
      } catch (error) {
        onError(error);
        // Ends the rendering here: minijinja refuses to take a symbol as a value, without panic.
        return Symbol('failed');
      }
    };
    return [name, call];
  };
  return Object.fromEntries(Object.entries(context).map(guard));
}

/** V8 can end running WebAssembly, but offers it only for scripts: so the call is made from a one-line script. */
function withinTime(render: () => string, timeout: number): string {
  const sandbox = vm.createContext({ render });
  const output: unknown = new vm.Script('render()').runInContext(sandbox, { timeout });
  return String(output);
}

function startInstance(): void {
  compiled ??= new WebAssembly.Module(boundMemory(readEngine(), MEMORY_BYTES));
  const previous = current;
  // The panic hook writes to the console by itself; the error is translated and reported here instead.
  const imports: WebAssembly.ModuleImports = {
    ...glue,
    __wbg_error_7534b8e9a36f1ab4: () => undefined,
  };
  current = new WebAssembly.Instance(compiled, { [GLUE_MODULE]: imports });
  glue.__wbg_set_wasm(current.exports);
  // The glue caches a view of the previous memory and renews it only when that view's buffer is detached, which
  // growing by nothing does.
  const memory = previous?.exports['memory'];
  if (memory instanceof WebAssembly.Memory) memory.grow(0);
}

function readEngine(): Uint8Array {
  const resolve = createRequire(import.meta.url).resolve;
  return readFileSync(resolve('minijinja-js/dist/bundler/minijinja_js_bg.wasm'));
}
