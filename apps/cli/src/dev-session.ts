import { formatRef } from '@rat/domain/words';
import type { FolderPipeline } from '@rat/pipeline-folder';
import type { CliContext } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { explainError } from './explain-error.ts';
import { followRun } from './follow-run.ts';
import { toFilter } from './names.ts';
import { printDifference } from './print-difference.ts';
import { printIssues, printRows, printTests } from './print-checks.ts';

/** What its previews show: at most `limit` rows, and what the run has that they stand for. */
type Shown = Pick<Parameters<Folder['previewPipeline']>[2], 'limit' | 'asked'>;
type Folder = typeof import('@rat/pipeline-folder');
type Act = (signal: AbortSignal) => Promise<void>;

/**
 * Watches a folder of pipelines: checks and previews what is saved, and runs it when the person presses r. One thing
 * happens at a time; a newer file, or a key, ends a preview that is under way, and waits for a run.
 */
export class DevSession {
  readonly #context: CliContext;
  readonly #folder: string;
  readonly #shown: Shown;
  readonly #leaving = new AbortController();
  /** The pipeline that was saved last. */
  #saved: FolderPipeline | undefined;
  #turn = new AbortController();
  #work: Promise<void> = Promise.resolve();

  constructor(context: CliContext, { folder, ...shown }: Shown & { folder: string }) {
    this.#context = context;
    this.#folder = folder;
    this.#shown = shown;
  }

  /** Resolves with the exit code when the person ends it. */
  async run(): Promise<number> {
    const { watchFolder } = await import('@rat/pipeline-folder');
    process.on('SIGTERM', this.#leave);
    this.#listen();
    try {
      for await (const change of watchFolder(this.#folder, this.#leaving.signal)) {
        if (change instanceof Error) this.#start(() => Promise.reject(change));
        else this.#start((signal) => this.#look(change, signal));
      }
      await this.#work;
      return EXIT.success;
    } finally {
      this.#unlisten();
      process.off('SIGTERM', this.#leave);
    }
  }

  /** Begins an act when the one before has ended; a preview is ended for it. */
  #start(act: Act): void {
    this.#turn.abort();
    const turn = new AbortController();
    this.#turn = turn;
    this.#work = this.#actAfter(this.#work, act, turn.signal);
  }

  async #actAfter(before: Promise<void>, act: Act, signal: AbortSignal): Promise<void> {
    await before;
    if (signal.aborted || this.#leaving.signal.aborted) return;
    try {
      await act(signal);
    } catch (error) {
      if (signal.aborted) return;
      for (const line of explainError(error, this.#context)) this.#context.terminal.note(line);
    }
  }

  /** Checks what has changed, and previews it when it is one pipeline without a mistake. */
  async #look(changed: FolderPipeline[], signal: AbortSignal): Promise<void> {
    const { checkPipeline, previewPipeline } = await import('@rat/pipeline-folder');
    const { rat, terminal } = this.#context;
    const [only, ...others] = changed;
    this.#saved = only ?? this.#saved;
    let hasError = false;
    for (const source of changed) {
      const checked = await checkPipeline(rat, source, { signal });
      hasError = printIssues(this.#context, checked) || hasError;
    }
    if (only !== undefined && others.length === 0 && !hasError) {
      const shown = { ...this.#shown, runTests: true, signal };
      const answer = await previewPipeline(rat, only, shown);
      printRows(this.#context, answer);
      if (answer.compare !== null) printDifference(this.#context, answer.compare);
      printTests(this.#context, answer);
    }
    if (this.#saved !== undefined)
      terminal.note(
        terminal.paint('dim', `watching; r runs ${formatRef(this.#saved.ref)}, q ends`),
      );
  }

  /** Stores the pipeline that was saved last, runs it, and follows the run. */
  async #runSaved(): Promise<void> {
    const source = this.#saved;
    if (source === undefined) return;
    const { applyPipeline } = await import('@rat/pipeline-folder');
    const { rat, terminal } = this.#context;
    const { result } = await applyPipeline(rat, source);
    terminal.note(`${formatRef(source.ref)} ${result}`);
    const { run_id: id } = await rat.runs.create(toFilter(source.ref));
    terminal.note(`run ${id}`);
    // The run has the keyboard and Ctrl-C for its own question.
    this.#unlisten();
    try {
      await followRun(this.#context, id, { hasLog: true });
    } finally {
      if (!this.#leaving.signal.aborted) this.#listen();
    }
  }

  readonly #leave = (): void => {
    this.#leaving.abort();
    this.#turn.abort();
  };

  #listen(): void {
    process.on('SIGINT', this.#leave);
    const { terminal } = this.#context;
    if (!terminal.isInteractive) return;
    terminal.stdin.setRawMode(true);
    terminal.stdin.resume();
    terminal.stdin.on('data', this.#onKey);
  }

  #unlisten(): void {
    process.off('SIGINT', this.#leave);
    const { terminal } = this.#context;
    if (!terminal.isInteractive) return;
    terminal.stdin.off('data', this.#onKey);
    terminal.stdin.setRawMode(false);
    terminal.stdin.pause();
  }

  readonly #onKey = (bytes: Buffer): void => {
    const key = bytes.toString()[0]?.toLowerCase() ?? '';
    if (key === 'r') this.#start(() => this.#runSaved());
    // A terminal in this mode sends Ctrl-C and Ctrl-D as characters.
    else if ('q\u0003\u0004'.includes(key)) this.#leave();
  };
}
