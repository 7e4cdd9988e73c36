import { rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import {
  parentMessage,
  type ChildMessage,
  type ExecuteCommand,
  type ParentMessage,
} from '@rat/contracts';
import { syncFiles } from '@rat/storage';
import { planMemory } from '../child-process/memory-limits.ts';
import { deferred } from '../executor-protocol/deferred.ts';
import { executeRun } from './execute-run.ts';
import type { ResolvedInputs, WantedInputs } from '../executor-protocol/execution-host.ts';
import type {
  AuditAnswer,
  ExecutorOutcome,
  StagedResult,
} from '../executor-protocol/executor-outcome.ts';

/*
 * The executor child: a process that executes one run at a time and knows its parent only. It is forked without the
 * runner's environment, and ends when the channel to its parent does, so no run outlives the runner that owns it.
 */

/** What a parent says only because it was asked. */
type Answer = Extract<ParentMessage, { type: 'inputs' | 'audit' | 'refuse' }>;

/** The run in hand. */
interface Current {
  abort: AbortController;
  /** The folder that the run writes, until its parent knows what is in it and may publish it. */
  unstaged: string | undefined;
  /** Where it spills what does not fit its memory. */
  tempDir: string;
  /** Set while the child waits for an answer. */
  onAnswer: ((answer: Answer) => void) | undefined;
  /** Set while the parent holds the run; resolves when it goes on. */
  held: ReturnType<typeof deferred<void>> | undefined;
}

let current: Current | undefined;

/** To a parent that is gone nothing can be said; that it is, the end of the channel tells. */
function send(message: ChildMessage): void {
  process.send?.(message, undefined, undefined, () => undefined);
}

function report(error: unknown): void {
  process.stderr.write(`${inspect(error)}\n`);
}

async function execute(command: ExecuteCommand): Promise<void> {
  const run: Current = {
    abort: new AbortController(),
    unstaged: command.stagingDir,
    tempDir: command.tempDir,
    onAnswer: undefined,
    held: undefined,
  };
  current = run;
  const outcome = await executeRun(
    command,
    {
      onLog: send,
      onPhase: send,
      onQuality: send,
      onProgress: send,
      waitForCapacity: async () => run.held?.promise,
      resolveInputs: (wanted) => askForInputs(run, wanted),
      syncFiles,
      onStaged: (staged) => askForAudit(run, staged),
      onDefect: report,
    },
    run.abort.signal,
  );
  current = undefined;
  send(lastMessage(outcome));
}

/** What was staged is told already, so the end is only that. */
function lastMessage(outcome: ExecutorOutcome): ChildMessage {
  switch (outcome.kind) {
    case 'finished':
      return { type: 'finished' };
    case 'audited':
      return { type: 'audited' };
    case 'failed':
      return { type: 'failed', failure: outcome.failure };
    case 'interrupted':
      return { type: 'interrupted' };
  }
}

async function askForInputs(run: Current, wanted: WantedInputs): Promise<ResolvedInputs> {
  const answer = await askParent(run, { type: 'resolve', ...wanted });
  if (answer.type === 'audit') throw new Error('told to audit when asking for inputs');
  return answer;
}

async function askForAudit(run: Current, staged: StagedResult): Promise<AuditAnswer> {
  run.unstaged = undefined;
  const answer = await askParent(run, { type: 'staged', ...staged });
  if (answer.type === 'inputs') throw new Error('told of inputs when asking for the audit');
  return answer;
}

/** Rejects when the run is interrupted before the answer comes. */
async function askParent(run: Current, question: ChildMessage): Promise<Answer> {
  const { signal } = run.abort;
  signal.throwIfAborted();
  const { promise, resolve, reject } = deferred<Answer>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  run.onAnswer = resolve;
  try {
    send(question);
    return await promise;
  } finally {
    run.onAnswer = undefined;
    signal.removeEventListener('abort', onAbort);
  }
}

function onMessage(raw: unknown): void {
  const message = parentMessage.parse(raw);
  switch (message.type) {
    case 'execute':
      if (current) throw new Error('told to execute while a run is in hand');
      execute({ ...message, memoryLimitMb: planMemory(message).engineMb }).catch(die);
      return;
    case 'inputs':
    case 'audit':
    case 'refuse':
      current?.onAnswer?.(message);
      return;
    case 'interrupt':
      // It may cross the run's own end on the way; then there is nothing to stop.
      current?.abort.abort();
      letGo();
      return;
    case 'pause':
      if (current && !current.abort.signal.aborted) current.held ??= deferred<void>();
      return;
    case 'resume':
      letGo();
      return;
  }
}

function letGo(): void {
  current?.held?.resolve();
  if (current) current.held = undefined;
}

/** Without an orderly exit, which would wait for DuckDB: it may be at work on its own threads. */
function die(error?: unknown): never {
  if (error !== undefined) report(error);
  discardUnstaged();
  process.kill(process.pid, error === undefined ? 'SIGKILL' : 'SIGABRT');
  throw new Error('unreachable');
}

/**
 * What this process spilled nobody knows of but a parent that is gone. What it wrote the run's next attempt removes, but it
 * may have done so while this process was frozen, and what is written after that nobody would look for.
 */
function discardUnstaged(): void {
  for (const folder of [current?.unstaged, current?.tempDir]) {
    if (folder === undefined) continue;
    try {
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    } catch (error) {
      report(error);
    }
  }
}

process.on('message', (raw) => {
  try {
    onMessage(raw);
  } catch (error) {
    die(error);
  }
});
process.on('disconnect', () => die());
process.on('uncaughtException', die);
// Ctrl+C reaches the whole group; the runner decides what becomes of its runs.
process.on('SIGINT', () => undefined);

// A machine short of memory shall lose a run before it loses the runner. Only Linux has the file.
writeFile('/proc/self/oom_score_adj', '500').catch(() => undefined);

send({ type: 'ready' });
