import { TestEnvironment } from 'jest-environment-node';

const ERRORS = { Error, TypeError, RangeError, SyntaxError };

/**
 * A Jest environment in which `instanceof Error` also works for errors of Node's own modules. Jest
 * runs a test file in its own realm, but `fs` or `fetch` throw errors of the outer realm. Here the
 * inner constructors recognise the outer ones, so code behaves under test as in production.
 *
 * Standard output belongs to the worker and outlives the test file. Listeners that the file's
 * modules added to it are removed afterwards: they would keep the file's realm in memory, and Node
 * warns at the eleventh listener.
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
      // Subclasses inherit this method; for them it must match only their own instances.
      const own = Function.prototype[Symbol.hasInstance].call(this, thrown);
      return own || (this === inner && thrown instanceof outer);
    },
  });
}
