import { TestEnvironment } from 'jest-environment-node';

const ERRORS = { Error, TypeError, RangeError, SyntaxError };

/**
 * Jest runs a test file in a realm of its own, while Node's modules live in the outer one: there, what `fs` or `fetch`
 * throws is no `instanceof Error`, and code that asks behaves differently under test than in life. Here, the inner
 * constructors know their outer twins.
 */
export default class NodeEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    for (const [name, outer] of Object.entries(ERRORS)) acceptTwin(this.global[name], outer);
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
