import type { StagedOutput } from '@rat/engine';
import { rmSync } from 'node:fs';
import type { ChildMessage, ExecuteCommand, ParentMessage } from '@rat/contracts';
import { parentMessage } from '@rat/contracts/children';
import { duckdbEngine } from '@rat/engine-duckdb';
import { syncFiles } from '@rat/storage';
import { reportDefect, sendToParent, startChild } from '../child-process/child-bootstrap.ts';
import { planMemory } from '../child-process/memory-limits.ts';
import { deferred } from '../executor-protocol/deferred.ts';
import type { ResolvedInputs, WantedInputs } from '../executor-protocol/execution-host.ts';
import type { AuditAnswer, ExecutorOutcome } from '../executor-protocol/executor-outcome.ts';
import { executeRun } from './execute-run.ts';

/*
 * The executor child: a process that executes one run at a time and knows only its parent. The
 * runner forks it without its own environment. It ends when the IPC channel to the parent closes, so
 * no run outlives the runner that owns it.
 */

/** The messages with which the parent answers a question. */
type Answer = Extract<ParentMessage, { type: 'inputs' | 'audit' | 'refuse' | 'skip' }>;

/** The run that this process executes now. */
interface Current {
  abort: AbortController;
  /** The folder that the run writes; undefined once the parent may publish its files. */
  unstaged: string | undefined;
  /** The spill folder of the run. */
  tempDir: string;
  /** Set while the child waits for an answer. */
  onAnswer: ((answer: Answer) => void) | undefined;
  /** Set while the parent holds the run (back-pressure); resolves when the run may continue. */
  held: ReturnType<typeof deferred<void>> | undefined;
}

let current: Current | undefined;

function send(message: ChildMessage): void {
  sendToParent(message);
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
    duckdbEngine,
    command,
    {
      onLog: send,
      onPhase: send,
      onQuality: send,
      onProgress: send,
      onSql: send,
      onStatement: send,
      onColumns: send,
      waitForCapacity: async () => run.held?.promise,
      resolveInputs: (wanted) => requestInputs(run, wanted),
      syncFiles,
      onStaged: (staged) => requestAudit(run, staged),
      onDefect: reportDefect,
    },
    run.abort.signal,
  );
  current = undefined;
  send(lastMessage(outcome));
}

/** The last message carries no result: the parent received it with `staged`. */
function lastMessage(outcome: ExecutorOutcome): ChildMessage {
  switch (outcome.kind) {
    case 'finished':
      return { type: 'finished' };
    case 'audited':
      return { type: 'audited' };
    case 'skipped':
      return { type: 'skipped' };
    case 'failed':
      return { type: 'failed', failure: outcome.failure };
    case 'interrupted':
      return { type: 'interrupted' };
  }
}

async function requestInputs(run: Current, wanted: WantedInputs): Promise<ResolvedInputs> {
  const answer = await callParent(run, { type: 'resolve', ...wanted });
  if (answer.type === 'audit') throw new Error('the parent answered `resolve` with `audit`');
  return answer;
}

async function requestAudit(run: Current, staged: StagedOutput): Promise<AuditAnswer> {
  run.unstaged = undefined;
  if (staged.form !== 'files') throw new Error('an executor child stages files');
  const { form: _form, ...change } = staged;
  const answer = await callParent(run, { type: 'staged', ...change });
  if (answer.type === 'inputs' || answer.type === 'skip') {
    throw new Error(`the parent answered \`staged\` with \`${answer.type}\``);
  }
  return answer;
}

/** Rejects when the run is interrupted before the answer arrives. */
async function callParent(run: Current, question: ChildMessage): Promise<Answer> {
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

function onMessage(message: ParentMessage): void | Promise<void> {
  switch (message.type) {
    case 'execute':
      if (current) throw new Error('the parent sent `execute` while a run is under way');
      return execute({ ...message, memoryLimitMb: planMemory(message).engineMb });
    case 'inputs':
    case 'audit':
    case 'refuse':
    case 'skip':
      current?.onAnswer?.(message);
      return;
    case 'interrupt':
      // The run may have ended while this message was on its way. Then there is no run to stop.
      current?.abort.abort();
      resumeRun();
      return;
    case 'pause':
      if (current && !current.abort.signal.aborted) current.held ??= deferred<void>();
      return;
    case 'resume':
      resumeRun();
      return;
  }
}

function resumeRun(): void {
  current?.held?.resolve();
  if (current) current.held = undefined;
}

/**
 * Deletes the run's spill folder, since only the dead parent knew its path, and its staging folder.
 * The next attempt deletes the staging folder too, but it may have done so while this process was
 * frozen: files that this process wrote afterwards would stay for ever.
 */
function discardFiles(): void {
  for (const folder of [current?.unstaged, current?.tempDir]) {
    if (folder === undefined) continue;
    try {
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    } catch (error) {
      reportDefect(error);
    }
  }
}

const die = startChild({
  parse: (raw) => parentMessage.parse(raw),
  onMessage,
  // A machine short of memory must lose a run before it loses the runner.
  oomScoreAdj: 500,
  defectSignal: 'SIGABRT',
  discardFiles,
});
process.on('uncaughtException', die);
send({ type: 'ready' });
