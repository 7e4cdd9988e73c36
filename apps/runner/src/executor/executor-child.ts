import type { ChildProcess } from 'node:child_process';
import { childMessage, type ExecuteCommand, type ParentMessage } from '@rat/contracts';
import type { Logger } from '@rat/runtime';
import { childEnd, Children, type Child } from '../child-process/children.ts';
import { explainEnd, type ChildEnd } from '../child-process/explain-end.ts';
import type { MemoryCeiling } from '../child-process/memory-ceiling.ts';
import { MemoryWatch } from '../child-process/memory-watch.ts';
import { deferred } from '../executor-protocol/deferred.ts';
import type { ExecutorOutcome } from '../executor-protocol/executor-outcome.ts';
import { Escalation, PATIENCE_MS } from './escalation.ts';
import { ExecutorLostError, ExecutorRun, type ExecutionHooks } from './executor-run.ts';

const STDERR_KEPT = 4_000;

interface ExecutorChildOptions {
  ceiling: MemoryCeiling;
  children?: Children | undefined;
  /** How long each way of stopping the process may take before the next, harder one; ms. */
  patienceMs?: number | undefined;
}

/**
 * One executor process, seen from the runner. Modes: *starting* until `ready` resolves; *idle*;
 * *busy* with one run; *gone* once `exited` resolves. A child that is gone stays gone: the pool starts
 * another one.
 */
export class ExecutorChild {
  readonly exited: Promise<void>;
  readonly #child: Child;
  readonly #process: ChildProcess;
  readonly #log: Logger;
  readonly #ready = deferred<void>();
  readonly #escalation: Escalation;
  readonly #memory: MemoryWatch;
  #run: ExecutorRun | undefined;
  #killedByUs = false;
  #gone = false;
  #runs = 0;
  #namespace: string | undefined;
  #stderr = '';

  constructor(
    entry: URL,
    log: Logger,
    { ceiling, children = new Children(), patienceMs = PATIENCE_MS }: ExecutorChildOptions,
  ) {
    this.#log = log;
    this.#escalation = new Escalation((name) => {
      this.#log.warn({ executor_pid: this.pid, signal: name }, 'executor killed');
      this.#killedByUs = true;
      this.#child.kill(name);
    }, patienceMs);
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
    // No run waits for a spare child, so its failed start must not become an unhandled rejection.
    this.#ready.promise.catch(() => undefined);
    this.#process.on('message', (raw) => this.#onMessage(raw));
    this.exited = this.#watchEnd();
  }

  /** Resolves when the child can take its first run; rejects when it ends before that. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The number of runs that the child was given. */
  get runs(): number {
    return this.#runs;
  }

  /** The namespace of its first run. SQL of two namespaces never shares a process. */
  get namespace(): string | undefined {
    return this.#namespace;
  }

  /**
   * Whether the process still holds much memory, or once held nearly all it may. Its allocator keeps
   * that memory, so the next run would have less.
   */
  get isBloated(): boolean {
    return this.#memory.isBloated;
  }

  get gone(): boolean {
    return this.#gone;
  }

  /**
   * Executes one run; the child must be ready and idle. An abort interrupts the run, and ends the
   * process when that does not help in time. When the child dies, only this run fails.
   *
   * Rejects with the error of `resolveInputs` or `onStaged`, once the run has stopped, and with
   * ExecutorLostError when the run did not begin. When it settles, no hook is at work any more, so
   * the caller may undo what `onStaged` did.
   */
  async execute(
    command: ExecuteCommand,
    hooks: ExecutionHooks,
    signal: AbortSignal,
  ): Promise<ExecutorOutcome> {
    // Before the run is assigned: the child may end during this wait, when no code awaits the outcome.
    await this.#child.lend([command.stagingDir, command.tempDir]);
    if (this.#gone) throw new ExecutorLostError('the executor is gone');
    const run = new ExecutorRun(command.stagingDir, hooks, {
      send: (message) => this.#send(message),
      interrupt: () => this.#interrupt(),
      takeBack: (folder) => this.#child.takeBack(folder),
      breakProtocol: (error) => this.#endForBrokenProtocol(error),
    });
    this.#run = run;
    this.#runs += 1;
    this.#namespace ??= command.pipeline.namespace;
    this.#memory.start(command);
    const interrupt = (): void => this.#interrupt();
    signal.addEventListener('abort', interrupt, { once: true });
    try {
      this.#send(command);
      hooks.onFlow?.(run.flow());
      if (signal.aborted) interrupt();
      return await run.outcome;
    } finally {
      signal.removeEventListener('abort', interrupt);
      this.#memory.stop();
      this.#run = undefined;
      if (!this.#killedByUs) this.#escalation.stop();
      await run.close();
    }
  }

  /** Ends the process: first by closing its channel, then by signals. Resolves when it is gone. */
  async stop(): Promise<void> {
    if (this.#gone) return;
    this.#run?.markInterrupted();
    this.#killedByUs = true;
    if (this.#process.connected) this.#process.disconnect();
    this.#escalation.start();
    await this.exited;
  }

  #interrupt(): void {
    if (this.#run?.markInterrupted() !== true) return;
    this.#send({ type: 'interrupt' });
    this.#escalation.start();
  }

  #send(message: ParentMessage): void {
    if (this.#gone) return;
    // The process ends after a failed send, and its end settles the run.
    this.#process.send(message, () => undefined);
  }

  #onMessage(raw: unknown): void {
    const parsed = childMessage.safeParse(raw);
    if (!parsed.success) {
      this.#endForBrokenProtocol(parsed.error);
      return;
    }
    const message = parsed.data;
    if (message.type === 'ready') this.#ready.resolve();
    else this.#run?.onMessage(message);
  }

  #endForBrokenProtocol(err: unknown): void {
    this.#log.error({ executor_pid: this.pid, err }, 'executor broke the protocol');
    this.#killedByUs = true;
    this.#child.kill('SIGKILL');
  }

  /** Not by the event `close`: Node does not emit it after this side disconnected the channel. */
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
      // The pipe may still hold its last lines.
      if (!stderr || stderr.closed) end(code, signal);
      else stderr.once('close', () => end(code, signal));
    });
    this.#process.on('error', (err) => {
      this.#log.error({ err, executor_pid: this.pid }, 'executor process failed');
      // A process that never started emits no `exit`.
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
    this.#run?.onChildEnd(this.#explain(code, signal), this.#killedByUs ? undefined : lost);
  }

  #explain(code: number | null, signal: NodeJS.Signals | null): ChildEnd {
    if (this.#killedByUs) return { kind: 'killed', signal: undefined };
    const { exceeded, isNearLimit } = this.#memory;
    return explainEnd({ code, signal, stderr: this.#stderr, exceeded, isNearLimit });
  }
}
