import { TestEnvironment } from 'jest-environment-node';

const ERRORS = { Error, TypeError, RangeError, SyntaxError };

/**
 * Jest runs a test file in a realm of its own, while Node's modules live in the outer one: there, what `fs` or `fetch`
 * throws is no `instanceof Error`, and code that asks behaves differently under test than in life. Here, the inner
 * constructors know their outer twins.
 *
 * Standard output is the worker's, and outlives the file. What a file's own copy of a module listens for there is taken
 * away after it: it would keep the file's whole realm in memory, and Node warns of the eleventh.
 */
export default class NodeEnvironment extends TestEnvironment {
  #listeners = [];

  async setup() {
    await super.setup();
    for (const [name, outer] of Object.entries(ERRORS)) acceptTwin(this.global[name], outer);
    this.#listeners = process.stdout.listeners('error');
  }

  async teardown() {
    for (const listener of process.stdout.listeners('error')) {
      if (!this.#listeners.includes(listener)) process.stdout.off('error', listener);
    }
    await super.teardown();
  }
}

function acceptTwin(inner, outer) {
  Object.defineProperty(inner, Symbol.hasInstance, {
    configurable: true,
    value(thrown) {
      // Subclasses inherit this method, and must go on to mean themselves only.
      const own = Function.prototype[Symbol.hasInstance].call(this, thrown);
      return own || (this === inner && thrown instanceof outer);
    },
  });
}
