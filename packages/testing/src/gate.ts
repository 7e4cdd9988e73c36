/** A door that a test opens: code under test waits at `opened`, the test decides when it goes on. */
export class Gate {
  readonly opened: Promise<void>;
  #open: () => void = () => undefined;

  constructor() {
    this.opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  /** Lets everyone through, now and later. */
  open(): void {
    this.#open();
  }
}
