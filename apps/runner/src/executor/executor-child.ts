import { fork, type ChildProcess } from 'node:child_process';
import {
  childMessage,
  type ChildMessage,
  type ExecuteCommand,
  type ParentMessage,
} from '@rat/contracts';
import type { Failure, Phase } from '@rat/domain';
import type { Logger } from '@rat/runtime';
import type { ResolvedInputs, WantedInputs } from './execute-run.ts';
import { deferred } from './deferred.ts';
import type { ExecutorOutcome } from './executor-outcome.ts';
import type { RunListener } from './run-reporter.ts';

/** What a run in a child needs from the runner. */
export interface ExecutionHooks extends RunListener {
  resolveInputs: (wanted: WantedInputs) => Promise<ResolvedInputs>;
}

/** How long a child gets to follow, before the next, harder way of stopping it. */
const PATIENCE_MS = 1_000;
const STDERR_KEPT = 4_000;

/** The run in hand. */
interface Assignment {
  hooks: ExecutionHooks;
  phase: Phase;
  interrupted: boolean;
  resolve: (outcome: ExecutorOutcome) => void;
  reject: (error: unknown) => void;
}

/**
 * One executor process, seen from the runner. Modes: *starting* until `ready` resolves; *idle*; *busy* with one
 * assignment; *gone* once `exited` resolves. It is never revived: who owns it starts another.
 */
export class ExecutorChild {
  /** Resolves when the child can take its first run; rejects when it ends before. */
  readonly ready: Promise<void>;
  readonly exited: Promise<void>;
  readonly #process: ChildProcess;
  readonly #log: Logger;
  #assignment: Assignment | undefined;
  #onReady: (() => void) | undefined;
  #killedByUs = false;
  #gone = false;
  #runs = 0;
  #stderr = '';

  constructor(entry: URL, log: Logger) {
    this.#log = log;
    // Nothing of the runner's environment: credentials live there. What the child needs it is told by message.
    this.#process = fork(entry, {
      env: { TZ: 'UTC' },
      execArgv: ['--enable-source-maps'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_KEPT);
    });
    this.#process.on('message', (raw) => this.#onMessage(raw));
    this.#process.on('error', (err) => this.#log.error({ err, pid: this.pid }, 'executor process'));
    const { promise, resolve, reject } = deferred<void>();
    this.#onReady = resolve;
    this.ready = promise;
    // Whoever waits for it hears of the failure; a spare that nobody waits for must not bring the runner down.
    promise.catch(() => undefined);
    this.exited = new Promise((ended) => {
      this.#process.once('close', (code, signal) => {
        this.#onExit(code, signal);
        reject(new Error(`the executor ended before it was ready (${signal ?? code})`));
        ended();
      });
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** How many runs it was given. */
  get runs(): number {
    return this.#runs;
  }

  get gone(): boolean {
    return this.#gone;
  }

  /**
   * Executes one run; the child must be ready and idle. An abort interrupts it, and ends the process when that does
   * not help in time. A child that dies fails only this run. Rejects when `resolveInputs` does, with its error, once
   * the run has stopped.
   */
  async execute(
    command: ExecuteCommand,
    hooks: ExecutionHooks,
    signal: AbortSignal,
  ): Promise<ExecutorOutcome> {
    if (this.#gone) return { kind: 'failed', failure: { code: 'internal', message: CRASHED } };
    const { promise, resolve, reject } = deferred<ExecutorOutcome>();
    const phase = 'detect';
    this.#assignment = { hooks, phase, interrupted: false, resolve, reject };
    this.#runs += 1;
    const interrupt = (): void => this.#interrupt();
    signal.addEventListener('abort', interrupt, { once: true });
    try {
      this.#send(command);
      if (signal.aborted) interrupt();
      return await promise;
    } finally {
      signal.removeEventListener('abort', interrupt);
      this.#assignment = undefined;
    }
  }

  /** Ends the process, whatever it does: asks, then insists. Resolves when it is gone. */
  async stop(): Promise<void> {
    if (this.#gone) return;
    if (this.#assignment) this.#assignment.interrupted = true;
    this.#killedByUs = true;
    if (this.#process.connected) this.#process.disconnect();
    this.#escalate();
    await this.exited;
  }

  #interrupt(): void {
    const assignment = this.#assignment;
    if (!assignment || assignment.interrupted) return;
    assignment.interrupted = true;
    this.#send({ type: 'interrupt' });
    this.#escalate(() => this.#assignment === assignment);
  }

  /** SIGTERM and then SIGKILL, each after its time, for as long as it is needed. */
  #escalate(needed: () => boolean = () => true): void {
    const kill = (name: NodeJS.Signals) => (): void => {
      if (this.#gone || !needed()) return;
      this.#log.warn({ pid: this.pid, signal: name }, 'executor killed');
      this.#killedByUs = true;
      this.#process.kill(name);
    };
    const timers = [
      setTimeout(kill('SIGTERM'), PATIENCE_MS),
      setTimeout(kill('SIGKILL'), 2 * PATIENCE_MS),
    ];
    void this.exited.then(() => timers.forEach(clearTimeout));
  }

  #send(message: ParentMessage): void {
    // A failure to send is followed by the process's end, which settles the assignment.
    this.#process.send(message, () => undefined);
  }

  #onMessage(raw: unknown): void {
    const parsed = childMessage.safeParse(raw);
    if (!parsed.success) {
      this.#log.error({ pid: this.pid, err: parsed.error }, 'executor broke the protocol');
      this.#process.kill('SIGKILL');
      return;
    }
    const message = parsed.data;
    if (message.type === 'ready') this.#onReady?.();
    else if (this.#assignment) this.#onRunMessage(this.#assignment, message);
  }

  #onRunMessage(assignment: Assignment, message: Exclude<ChildMessage, { type: 'ready' }>): void {
    switch (message.type) {
      case 'log':
        return assignment.hooks.onLog(message);
      case 'phase':
        assignment.phase = message.name;
        return assignment.hooks.onPhase(message);
      case 'resolve':
        void this.#answerInputs(assignment, message);
        return;
      case 'finished': {
        const { files, rows, bytes, columns } = message;
        return assignment.resolve({ kind: 'finished', files, rows, bytes, columns });
      }
      case 'failed':
        return assignment.resolve({ kind: 'failed', failure: message.failure });
      case 'interrupted':
        return assignment.resolve({ kind: 'interrupted' });
    }
  }

  async #answerInputs(assignment: Assignment, wanted: WantedInputs): Promise<void> {
    try {
      const { tables, landingZones } = wanted;
      this.#send(await assignment.hooks.resolveInputs({ tables, landingZones }));
    } catch (error) {
      // The run cannot go on without its inputs: stop it first, so that the child is idle or gone when this is known.
      assignment.resolve = () => assignment.reject(error);
      this.#interrupt();
    }
  }

  #onExit(code: number | null, signal: NodeJS.Signals | null): void {
    this.#gone = true;
    const facts = { pid: this.pid, code, signal, stderr: this.#stderr || undefined };
    if (!this.#killedByUs) this.#log.error(facts, 'executor died');
    const assignment = this.#assignment;
    if (!assignment) return;
    if (assignment.interrupted) return assignment.resolve({ kind: 'interrupted' });
    const failure = this.#killedByUs ? crash() : crash(signal);
    assignment.resolve({ kind: 'failed', failure: { ...failure, phase: assignment.phase } });
  }
}

const CRASHED = 'the process that executed the run ended unexpectedly';

/** Nobody here sends SIGKILL to a working child; the kernel does, to the process it blames for a lack of memory. */
function crash(signal?: NodeJS.Signals | null): Failure {
  if (signal === 'SIGKILL') {
    const message = 'the run was killed by the operating system, most likely for lack of memory';
    return { code: 'out_of_memory', message };
  }
  return { code: 'internal', message: signal ? `${CRASHED} (${signal})` : CRASHED };
}
