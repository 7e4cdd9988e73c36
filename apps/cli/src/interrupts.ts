import type { Terminal } from './terminal.ts';

/** npm passes a signal on that the terminal has sent to the whole group: one press arrives twice. */
const SAME_SIGNAL_MS = 1_000;
const QUESTION = 'The run continues. [d]etach (default)  [c]ancel the run  [k]eep following: ';

/** What happens when the person presses Ctrl-C, or another program ends this one. */
export interface InterruptActions {
  /** Whether a person at a terminal is asked first. */
  isAsked: boolean;
  leave: () => void;
  cancel: () => void;
}

/**
 * Handles SIGINT and SIGTERM until the function that it returns is called. A second Ctrl-C while the question is open
 * leaves.
 */
export function onInterrupt(terminal: Terminal, actions: InterruptActions): () => void {
  let last = Number.NEGATIVE_INFINITY;
  const question = new Question(terminal, {
    ...actions,
    // The next press is one of its own, however soon.
    keep: () => (last = Number.NEGATIVE_INFINITY),
  });
  const onSigint = (): void => {
    const now = performance.now();
    if (now - last < SAME_SIGNAL_MS) return;
    last = now;
    if (actions.isAsked && terminal.isInteractive && !question.isOpen) question.open();
    else actions.leave();
  };
  const onSigterm = (): void => actions.leave();
  process.on('SIGINT', onSigint);
  process.on('SIGTERM', onSigterm);
  return () => {
    process.off('SIGINT', onSigint);
    process.off('SIGTERM', onSigterm);
    question.close();
  };
}

/** What follows each answer. */
type Answers = Pick<InterruptActions, 'leave' | 'cancel'> & { keep: () => void };

/** The question at Ctrl-C, which one key answers. */
class Question {
  readonly #terminal: Terminal;
  readonly #actions: Answers;
  isOpen = false;

  constructor(terminal: Terminal, actions: Answers) {
    this.#terminal = terminal;
    this.#actions = actions;
  }

  open(): void {
    this.isOpen = true;
    const { stdin } = this.#terminal;
    this.#terminal.hold();
    this.#terminal.progress(QUESTION);
    // A terminal in this mode sends Ctrl-C as a character.
    stdin.setRawMode(true);
    stdin.resume();
    stdin.on('data', this.#onKey);
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    const { stdin } = this.#terminal;
    stdin.off('data', this.#onKey);
    stdin.setRawMode(false);
    stdin.pause();
    this.#terminal.note('');
    this.#terminal.release();
  }

  readonly #onKey = (bytes: Buffer): void => {
    const key = bytes.toString()[0]?.toLowerCase() ?? '';
    if (!'dck\r\n\u0003\u0004'.includes(key)) return;
    this.close();
    if (key === 'k') this.#actions.keep();
    else if (key === 'c') this.#actions.cancel();
    else this.#actions.leave();
  };
}
