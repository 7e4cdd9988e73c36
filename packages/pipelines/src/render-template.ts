import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import vm from 'node:vm';
import * as glue from 'minijinja-js/dist/bundler/minijinja_js_bg.js';
import { boundMemory } from './bounded-wasm.ts';
import { OUT_OF_TIME, type RenderBudget } from './render-budget.ts';
import { TemplateError } from './template-error.ts';
import { isScriptTimeout, translateTemplateError } from './translate-template-error.ts';

/** The steps of one rendering: some 120,000 iterations of a small loop. */
const FUEL = 500_000;
const MEMORY_BYTES = 64 * 1024 * 1024;
/** Limits work that takes few steps but much time: sorting a long list, copying a long text. */
const TIMEOUT_MS = 1_000;
const TRIES = 3;
/** Longer SQL is a mistake; it would be stored, logged and sent over IPC. */
const OUTPUT_MAX_LENGTH = 2_000_000;

const GLUE_MODULE = './minijinja_js_bg.js';

let compiled: WebAssembly.Module | undefined;
let current: WebAssembly.Instance | undefined;

/**
 * Renders a template with strict variables, without escaping, and with access to `context` only.
 * Each call has a fresh WebAssembly instance (0.3 ms): a panic corrupts an instance for good,
 * memory never shrinks, and templates must not affect each other. Steps, memory and time are
 * bounded. Throws TemplateError; an error that a context function throws passes unchanged.
 *
 * The limit counts wall-clock time, which passes while this process is frozen or waits for a
 * processor. Refusing a good template for that would be its author's failure, without a retry; so
 * it is rendered again. Processor time cannot decide instead: it is counted for the whole process,
 * and other threads use it too. With a budget, each rendering has the rest of the budget and one
 * try; the budget's owner decides about another.
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

  // An error that crosses WebAssembly frames would become a panic and be lost, so it is kept here.
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

/** Whether the time limit expired before a template was rendered, in one try or in all. */
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
        // Ends the rendering: minijinja refuses a symbol as a value, without a panic.
        return Symbol('failed');
      }
    };
    return [name, call];
  };
  return Object.fromEntries(Object.entries(context).map(guard));
}

/** What the one-line script sees: the rendering that it starts. */
const sandbox = vm.createContext({ render: undefined as (() => string) | undefined });
const script = new vm.Script('render()');

/**
 * Makes the call from a one-line script: V8 can stop running WebAssembly, but only within a script. All calls
 * share one context: a template reaches nothing of it, and to make one takes longer than most renderings.
 */
function withinTime(render: () => string, timeout: number): string {
  sandbox['render'] = render;
  try {
    return String(script.runInContext(sandbox, { timeout }));
  } finally {
    sandbox['render'] = undefined;
  }
}

function startInstance(): void {
  compiled ??= new WebAssembly.Module(boundMemory(readEngine(), MEMORY_BYTES));
  const previous = current;
  // The panic hook would write to the console; the error is translated and reported here instead.
  const imports: WebAssembly.ModuleImports = {
    ...glue,
    __wbg_error_7534b8e9a36f1ab4: () => undefined,
  };
  current = new WebAssembly.Instance(compiled, { [GLUE_MODULE]: imports });
  glue.__wbg_set_wasm(current.exports);
  // The glue caches a view of the previous memory, and renews it only when the view's buffer is
  // detached. Growing the memory by zero pages detaches it.
  const memory = previous?.exports['memory'];
  if (memory instanceof WebAssembly.Memory) memory.grow(0);
}

function readEngine(): Uint8Array {
  const resolve = createRequire(import.meta.url).resolve;
  return readFileSync(resolve('minijinja-js/dist/bundler/minijinja_js_bg.wasm'));
}
