import type { ChildProcess } from 'node:child_process';
import {
  childMessage,
  type ChildMessage,
  type ExecuteCommand,
  type ParentMessage,
} from '@rat/contracts';
import type { Phase } from '@rat/domain';
import type { Logger } from '@rat/runtime';
import { explainEnd, type ChildEnd } from '../child-process/explain-end.ts';
import type { MemoryCeiling } from '../child-process/memory-ceiling.ts';
import { MemoryWatch } from '../child-process/memory-watch.ts';
import { childEnd, Children, type Child } from '../child-process/children.ts';
import type { ResolvedInputs, WantedInputs } from '../executor-protocol/execution-host.ts';
import { crashFailure } from './crash-failure.ts';
import { deferred } from '../executor-protocol/deferred.ts';
import { Escalation } from './escalation.ts';
import type {
  AuditAnswer,
  ExecutorOutcome,
  StagedResult,
} from '../executor-protocol/executor-outcome.ts';
import type { RunListener } from '../executor-protocol/run-reporter.ts';
import { toStagedResult } from './to-staged-result.ts';

/** What a run in a child needs from the runner. */
export interface ExecutionHooks extends RunListener {
  resolveInputs: (wanted: WantedInputs) => Promise<ResolvedInputs>;
  /** Makes what was staged a branch of its table; the run's quality tests wait for the answer. */
  onStaged: (staged: StagedResult) => Promise<AuditAnswer>;
  /** Told when the run is given to a child: how to hold it. */
  onFlow?: (flow: ExecutorFlow) => void;
}

/** Holds a run between two of its statements, and lets it go on. */
export interface ExecutorFlow {
  pause(): void;
  resume(): void;
}

const STDERR_KEPT = 4_000;

/** The child ended before the run that it was given began: another child may take the run. */
export class ExecutorLostError extends Error {
  override readonly name = 'ExecutorLostError';
}

/** The run in hand. */
interface Assignment {
  stagingDir: string;
  hooks: ExecutionHooks;
  phase: Phase;
  /** Whether the child has said anything about it. */
  begun: boolean;
  interrupted: boolean;
  staged: StagedResult | undefined;
  /** Settles, and never rejects, when the hook that is at work for the run is done. */
  answering: Promise<void>;
  resolve: (outcome: ExecutorOutcome) => void;
  reject: (error: unknown) => void;
}

/**
 * One executor process, seen from the runner. Modes: *starting* until `ready` resolves; *idle*; *busy* with one
 * assignment; *gone* once `exited` resolves. It is never revived: who owns it starts another.
 */
export class ExecutorChild {
  readonly exited: Promise<void>;
  readonly #child: Child;
  readonly #process: ChildProcess;
  readonly #log: Logger;
  /** Whoever waits hears of a rejection; of a spare, for which nobody waits, it must not bring the runner down. */
  readonly #ready = deferred<void>();
  readonly #escalation = new Escalation((name) => {
    this.#log.warn({ executor_pid: this.pid, signal: name }, 'executor killed');
    this.#killedByUs = true;
    this.#child.kill(name);
  });
  readonly #memory: MemoryWatch;
  #assignment: Assignment | undefined;
  #killedByUs = false;
  #gone = false;
  #runs = 0;
  #namespace: string | undefined;
  #stderr = '';

  constructor(
    entry: URL,
    log: Logger,
    {
      ceiling,
      children = new Children(),
    }: { ceiling: MemoryCeiling; children?: Children | undefined },
  ) {
    this.#log = log;
    this.#child = children.start(entry, 'write');
    this.#process = this.#child.process;
    this.#memory = new MemoryWatch({
      pid: () => this.pid,
      ceiling,
      onExceeded: () => {
        this.#log.warn({ executor_pid: this.pid }, 'executor killed for its memory');
        this.#child.kill('SIGKILL');
      },
    });
    this.#ready.promise.catch(() => undefined);
    this.#process.on('message', (raw) => this.#onMessage(raw));
    this.exited = this.#watchEnd();
  }

  /** Resolves when the child can take its first run; rejects when it ends before. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** How many runs it was given. */
  get runs(): number {
    return this.#runs;
  }

  /** The namespace of its runs: the first one's, since SQL of two namespaces never shares a process. */
  get namespace(): string | undefined {
    return this.#namespace;
  }

  /** Whether it still holds much memory, or held nearly all: what its allocator keeps would be missing in the next run. */
  get isBloated(): boolean {
    return this.#memory.isBloated;
  }

  get gone(): boolean {
    return this.#gone;
  }

  /**
   * Executes one run; the child must be ready and idle. An abort interrupts it, and ends the process when that does
   * not help in time. A child that dies fails only this run. Rejects when `resolveInputs` or `onStaged` does, with its
   * error, once the run has stopped, and with ExecutorLostError when the run has not begun. Either way no hook is at
   * work any more, so that what `onStaged` made can be taken back.
   */
  async execute(
    command: ExecuteCommand,
    hooks: ExecutionHooks,
    signal: AbortSignal,
  ): Promise<ExecutorOutcome> {
    // Before there is an assignment: its end could otherwise come before anyone waits for it.
    await this.#child.lend([command.stagingDir, command.tempDir]);
    if (this.#gone) throw new ExecutorLostError('the executor is gone');
    const { promise, resolve, reject } = deferred<ExecutorOutcome>();
    const assignment: Assignment = {
      stagingDir: command.stagingDir,
      hooks,
      phase: 'detect',
      begun: false,
      interrupted: false,
      staged: undefined,
      answering: Promise.resolve(),
      resolve,
      reject,
    };
    this.#assignment = assignment;
    this.#runs += 1;
    this.#namespace ??= command.pipeline.namespace;
    this.#memory.start(command);
    const interrupt = (): void => this.#interrupt();
    signal.addEventListener('abort', interrupt, { once: true });
    try {
      this.#send(command);
      hooks.onFlow?.(this.#flowOf(assignment));
      if (signal.aborted) interrupt();
      return await promise;
    } finally {
      signal.removeEventListener('abort', interrupt);
      this.#memory.stop();
      this.#assignment = undefined;
      if (!this.#killedByUs) this.#escalation.stop();
      await assignment.answering;
    }
  }

  /** Ends the process, whatever it does: asks, then insists. Resolves when it is gone. */
  async stop(): Promise<void> {
    if (this.#gone) return;
    if (this.#assignment) this.#assignment.interrupted = true;
    this.#killedByUs = true;
    if (this.#process.connected) this.#process.disconnect();
    this.#escalation.start();
    await this.exited;
  }

  #interrupt(): void {
    const assignment = this.#assignment;
    if (!assignment || assignment.interrupted) return;
    assignment.interrupted = true;
    this.#send({ type: 'interrupt' });
    this.#escalation.start();
  }

  #send(message: ParentMessage): void {
    // A failure to send is followed by the process's end, which settles the assignment.
    this.#process.send(message, () => undefined);
  }

  /** Of a run that has ended there is nothing to hold: the child may be at work on another. */
  #flowOf(assignment: Assignment): ExecutorFlow {
    const tell = (type: 'pause' | 'resume') => (): void => {
      if (this.#assignment === assignment && !this.#gone) this.#send({ type });
    };
    return { pause: tell('pause'), resume: tell('resume') };
  }

  #onMessage(raw: unknown): void {
    const parsed = childMessage.safeParse(raw);
    if (!parsed.success) {
      this.#endForNonsense(parsed.error);
      return;
    }
    const message = parsed.data;
    if (message.type === 'ready') this.#ready.resolve();
    else if (this.#assignment) this.#onRunMessage(this.#assignment, message);
  }

  #onRunMessage(assignment: Assignment, message: Exclude<ChildMessage, { type: 'ready' }>): void {
    assignment.begun = true;
    switch (message.type) {
      case 'log':
        return assignment.hooks.onLog(message);
      case 'phase':
        assignment.phase = message.name;
        return assignment.hooks.onPhase(message);
      case 'quality':
        return assignment.hooks.onQuality(message);
      case 'progress':
        return assignment.hooks.onProgress?.(message);
      case 'resolve': {
        const { type: _, ...wanted } = message;
        return this.#answer(assignment, () => assignment.hooks.resolveInputs(wanted));
      }
      case 'staged':
        return this.#onStaged(assignment, message);
      case 'finished':
        if (!assignment.staged) return this.#endForNonsense(new Error('finished without a result'));
        return assignment.resolve({ kind: 'finished', ...assignment.staged });
      case 'audited':
        return assignment.resolve({ kind: 'audited' });
      case 'failed':
        return assignment.resolve({ kind: 'failed', failure: message.failure });
      case 'interrupted':
        return assignment.resolve({ kind: 'interrupted' });
    }
  }

  #onStaged(assignment: Assignment, message: Extract<ChildMessage, { type: 'staged' }>): void {
    try {
      const staged = toStagedResult(message, assignment.stagingDir);
      assignment.staged = staged;
      this.#answer(assignment, async () => {
        // What is to be published no child may change any more.
        await this.#child.takeBack(assignment.stagingDir);
        return assignment.hooks.onStaged(staged);
      });
    } catch (error) {
      this.#endForNonsense(error);
    }
  }

  #answer(assignment: Assignment, hook: () => Promise<ParentMessage>): void {
    const work = async (): Promise<void> => {
      try {
        const answer = await hook();
        // In a run that was interrupted meanwhile nobody waits for it.
        if (this.#assignment === assignment) this.#send(answer);
      } catch (error) {
        // The run cannot go on without: stop it first, so that the child is idle or gone when this is known.
        assignment.resolve = () => assignment.reject(error);
        this.#interrupt();
      }
    };
    assignment.answering = work();
  }

  #endForNonsense(err: unknown): void {
    this.#log.error({ executor_pid: this.pid, err }, 'executor broke the protocol');
    this.#killedByUs = true;
    this.#child.kill('SIGKILL');
  }

  /** Not the event `close`: it does not come once the channel was disconnected from this side. */
  #watchEnd(): Promise<void> {
    const { promise, resolve } = deferred<void>();
    const stderr = this.#process.stderr?.setEncoding('utf8');
    stderr?.on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT);
    });
    const end = (exitCode: number | null, exitSignal: NodeJS.Signals | null): void => {
      const { code, signal } = childEnd(exitCode, exitSignal);
      this.#onEnd(code, signal);
      resolve();
    };
    this.#process.once('exit', (code, signal) => {
      // Its last words may still be in the pipe.
      if (!stderr || stderr.closed) end(code, signal);
      else stderr.once('close', () => end(code, signal));
    });
    this.#process.on('error', (err) => {
      this.#log.error({ err, executor_pid: this.pid }, 'executor process failed');
      // It never started, so it will not exit.
      if (this.pid === undefined) end(null, null);
    });
    return promise;
  }

  #onEnd(code: number | null, signal: NodeJS.Signals | null): void {
    this.#gone = true;
    this.#escalation.stop();
    const lost = new ExecutorLostError(`the executor ended (${signal ?? code})`);
    this.#ready.reject(lost);
    const facts = { executor_pid: this.pid, code, signal, stderr: this.#stderr || undefined };
    if (!this.#killedByUs) this.#log.error(facts, 'executor died');
    const assignment = this.#assignment;
    if (!assignment) return;
    if (assignment.interrupted) {
      assignment.resolve({ kind: 'interrupted' });
      return;
    }
    if (!assignment.begun && !this.#killedByUs) {
      assignment.reject(lost);
      return;
    }
    const failure = crashFailure(this.#explain(code, signal));
    assignment.resolve({ kind: 'failed', failure: { ...failure, phase: assignment.phase } });
  }

  #explain(code: number | null, signal: NodeJS.Signals | null): ChildEnd {
    if (this.#killedByUs) return { kind: 'killed', signal: undefined };
    const { exceeded, isNearLimit } = this.#memory;
    return explainEnd({ code, signal, stderr: this.#stderr, exceeded, isNearLimit });
  }
}
