/**
 * A gate that a test opens: code under test waits for `opened`, and the test decides when it
 * continues.
 */
export class Gate {
  readonly opened: Promise<void>;
  #open: () => void = () => undefined;

  constructor() {
    this.opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  /** Releases every waiter, now and later. */
  open(): void {
    this.#open();
  }
}
