import type { StagedOutput } from '@rat/engine';
import type { ChildMessage, ParentMessage } from '@rat/contracts';
import type { Phase } from '@rat/domain';
import type { ChildEnd } from '../child-process/explain-end.ts';
import { deferred } from '../executor-protocol/deferred.ts';
import type { ResolvedInputs, WantedInputs } from '../executor-protocol/execution-host.ts';
import type { AuditAnswer, ExecutorOutcome } from '../executor-protocol/executor-outcome.ts';
import type { RunListener } from '../executor-protocol/run-reporter.ts';
import { crashFailure } from './crash-failure.ts';
import { toStagedFiles } from './to-staged-files.ts';

/** What the runner does for a run that a child executes. */
export interface ExecutionHooks extends RunListener {
  resolveInputs: (wanted: WantedInputs) => Promise<ResolvedInputs>;
  /** Makes the staged files a branch of their table. The quality tests start after its answer. */
  onStaged: (staged: StagedOutput) => Promise<AuditAnswer>;
  /** Receives the run's flow control once the child has the run. */
  onFlow?: (flow: ExecutorFlow) => void;
}

/** Pauses a run between two of its statements, and resumes it (back-pressure). */
export interface ExecutorFlow {
  pause(): void;
  resume(): void;
}

/** The child ended before it began its run: another child may take the run. */
export class ExecutorLostError extends Error {
  override readonly name = 'ExecutorLostError';
}

/** What a run needs from the child that executes it. */
export interface ExecutorLink {
  send(message: ParentMessage): void;
  /** Interrupts the run, and ends the child when that does not help in time. */
  interrupt(): void;
  /** Closes a folder to the child. */
  takeBack(folder: string): Promise<void>;
  /** Ends the child because it broke the protocol. */
  breakProtocol(error: unknown): void;
}

/**
 * One run in a child, seen from the runner: routes the child's messages to the run's hooks, answers
 * its questions, and knows the outcome. Modes: *open* from the start, *closed* after `close`. A closed
 * run sends nothing, since its child may already execute another one.
 */
export class ExecutorRun {
  /** Rejects with the error of the hook that failed, or with ExecutorLostError. */
  readonly outcome: Promise<ExecutorOutcome>;
  readonly #stagingDir: string;
  readonly #hooks: ExecutionHooks;
  readonly #link: ExecutorLink;
  readonly #end = deferred<ExecutorOutcome>();
  #isOpen = true;
  #phase: Phase = 'detect';
  /** Whether the child has sent any message about the run. */
  #begun = false;
  #interrupted = false;
  #staged: StagedOutput | undefined;
  #hookFailure: { error: unknown } | undefined;
  /** Resolves, and never rejects, when the hook under way has finished. */
  #answering: Promise<void> = Promise.resolve();

  constructor(stagingDir: string, hooks: ExecutionHooks, link: ExecutorLink) {
    this.#stagingDir = stagingDir;
    this.#hooks = hooks;
    this.#link = link;
    this.outcome = this.#end.promise;
  }

  /** Registers an interruption: the run now ends as interrupted. Returns false for a second one. */
  markInterrupted(): boolean {
    if (this.#interrupted) return false;
    this.#interrupted = true;
    return true;
  }

  /** The flow control of this run. */
  flow(): ExecutorFlow {
    const send = (type: 'pause' | 'resume') => (): void => {
      if (this.#isOpen) this.#link.send({ type });
    };
    return { pause: send('pause'), resume: send('resume') };
  }

  onMessage(message: Exclude<ChildMessage, { type: 'ready' }>): void {
    this.#begun = true;
    switch (message.type) {
      case 'log':
        return this.#hooks.onLog(message);
      case 'phase':
        this.#phase = message.name;
        return this.#hooks.onPhase(message);
      case 'quality':
        return this.#hooks.onQuality(message);
      case 'progress':
        return this.#hooks.onProgress?.(message);
      case 'sql':
        return this.#hooks.onSql?.(message);
      case 'statement':
        return this.#hooks.onStatement?.(message);
      case 'columns':
        return this.#hooks.onColumns?.(message);
      case 'resolve': {
        const { type: _, ...wanted } = message;
        return this.#answer(() => this.#hooks.resolveInputs(wanted));
      }
      case 'staged':
        return this.#onStaged(message);
      case 'finished':
        if (this.#staged) return this.#settle({ kind: 'finished', ...this.#staged });
        return this.#link.breakProtocol(new Error('finished without a result'));
      case 'audited':
        return this.#settle({ kind: 'audited' });
      case 'skipped':
        return this.#settle({ kind: 'skipped' });
      case 'failed':
        return this.#settle({ kind: 'failed', failure: message.failure });
      case 'interrupted':
        return this.#settle({ kind: 'interrupted' });
    }
  }

  /** The child ended before the run did. `lost` is undefined when the runner itself killed the child. */
  onChildEnd(end: ChildEnd, lost: ExecutorLostError | undefined): void {
    if (this.#interrupted) {
      this.#settle({ kind: 'interrupted' });
    } else if (!this.#begun && lost !== undefined) {
      this.#end.reject(lost);
    } else {
      this.#settle({ kind: 'failed', failure: { ...crashFailure(end), phase: this.#phase } });
    }
  }

  /** Resolves when no hook is at work any more. */
  async close(): Promise<void> {
    this.#isOpen = false;
    await this.#answering;
  }

  #onStaged(message: Extract<ChildMessage, { type: 'staged' }>): void {
    let staged: StagedOutput;
    try {
      staged = toStagedFiles(message, this.#stagingDir);
    } catch (error) {
      this.#link.breakProtocol(error);
      return;
    }
    this.#staged = staged;
    this.#answer(async () => {
      // The child must not be able to change files that are about to be published.
      await this.#link.takeBack(this.#stagingDir);
      return this.#hooks.onStaged(staged);
    });
  }

  #answer(hook: () => Promise<ParentMessage>): void {
    const work = async (): Promise<void> => {
      try {
        const answer = await hook();
        // A run that was interrupted and ended during the hook does not wait for the answer.
        if (this.#isOpen) this.#link.send(answer);
      } catch (error) {
        // The run cannot continue. Stop it first: the outcome rejects when the child is idle or gone.
        this.#hookFailure = { error };
        if (this.#isOpen) this.#link.interrupt();
      }
    };
    this.#answering = work();
  }

  #settle(outcome: ExecutorOutcome): void {
    if (this.#hookFailure === undefined) this.#end.resolve(outcome);
    else this.#end.reject(this.#hookFailure.error);
  }
}
