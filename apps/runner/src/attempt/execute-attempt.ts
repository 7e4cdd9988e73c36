import {
  LOG_LEVELS,
  scrubLogText,
  type AttemptOutcome,
  type ExecutedSql,
  type Failure,
  type LogLevel,
  type Phase,
  type PhaseRecord,
  type QualityResult,
} from '@rat/domain';
import { coerceError } from '@rat/runtime';
import type { ExecutorColumns, ExecutorSql } from '@rat/contracts';
import type { ClaimedRun, ExecutionEnd, NewRunEvent } from '@rat/store';
import { abortReason, RunAborted, type AbortReason } from '../attempt-contract/abort-reason.ts';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { runConfig, runTable } from '../attempt-contract/claimed-run.ts';
import type { AttemptHandle } from '../attempt-contract/active-attempts.ts';
import { toExecutedSql } from './executed-sql.ts';
import { knownFailure } from './known-failure.ts';
import { maintainInRun } from '../maintenance/maintain-in-run.ts';
import type { RunResult } from './run-result.ts';
import { runInExecutor } from './run-in-executor.ts';
import { StreamWriter } from './stream-writer.ts';
import type { AttemptReporter } from '../attempt-contract/attempt-reporter.ts';

export interface AttemptResult {
  outcome: AttemptOutcome<RunResult>;
  phases: PhaseRecord[];
  /** Results of the tests that ended, in that order. */
  quality: QualityResult[];
  end: ExecutionEnd;
  /** Undefined when the attempt ended before it read its inputs. */
  inputSnapshots: Record<string, string> | undefined;
  /** Where the columns of the result come from. Undefined when the attempt ended before it was known. */
  columns: ExecutorColumns['columns'] | undefined;
  /** Undefined when the attempt ended before its SQL was compiled. */
  executedSql: ExecutedSql | undefined;
  /** The statements that have ended, with their times. */
  statements: TimedStatement[];
}

/** A statement that has ended, at the clock of this process. */
export interface TimedStatement {
  index: number;
  rows: number;
  durationMs: number;
  endedMs: number;
  phase: string;
}

/**
 * Executes a claimed run and writes its event stream. Never throws: every error becomes an outcome.
 * When it resolves, every row of the attempt is durable, so the settlement's status event is the
 * last row.
 */
export async function executeAttempt(
  deps: AttemptDeps,
  run: ClaimedRun,
  hold: AttemptHandle,
  onProgress: (phase: Phase, percent: number | null) => void,
): Promise<AttemptResult> {
  const phases: PhaseRecord[] = [];
  const quality: QualityResult[] = [];
  let current: Phase = 'branch';
  let inputSnapshots: Record<string, string> | undefined;
  let sql: ExecutorSql | undefined;
  let columns: ExecutorColumns['columns'] | undefined;
  const ended: TimedStatement[] = [];
  const writer = new StreamWriter({
    db: deps.db,
    held: { runId: run.id, attempt: run.attempt },
    limits: { maxLines: deps.limits.logMaxLines, maxBytes: LOG_MAX_BYTES },
    ownFolders: deps.ownFolders,
    signal: hold.lost,
    onAppended: (seq) => void deps.hints.publish({ kind: 'moved', runId: run.id, seq }),
    log: deps.log,
  });
  const reporter: AttemptReporter = {
    log: ({ timestamp, level, phase, message }) => {
      if (isBelow(level, deps.limits.runLogLevel)) return;
      const at = timestamp === undefined ? new Date() : new Date(timestamp);
      writer.add({ kind: 'log', at, level, phase, message });
    },
    phaseStarted: ({ name, started_at }) => {
      current = name;
      onProgress(name, null);
      const payload = { name, status: 'started', started_at };
      writer.add({ kind: 'phase', at: new Date(), phase: name, payload });
    },
    phase: (record) => {
      phases.push(record);
      writer.add({ kind: 'phase', at: new Date(), phase: record.name, payload: record });
    },
    quality: (result) => void quality.push(result),
    sql: (planned) => (sql = planned),
    statement: ({ index, rows, durationMs }) =>
      void ended.push({ index, rows, durationMs, endedMs: Date.now(), phase: current }),
    columns: (traced) => (columns = traced),
    inputs: (snapshots) => (inputSnapshots = snapshots),
    progress: ({ timestamp, phase, percent, rows, memoryBytes }) => {
      onProgress(phase, percent);
      const payload = { percent, rows: rows ?? null, memory_bytes: memoryBytes };
      writer.add({ kind: 'progress', at: new Date(timestamp), phase, payload });
    },
    onBackpressure: (flow) => writer.onBackpressure(flow),
  };
  const phase = (): Phase => current;
  const { outcome: raw, ...moments } = await runToOutcome(deps, run, hold, { reporter, phase });
  const outcome = scrubbed(raw, deps.ownFolders);
  // A successful attempt still has to be published, so it ends in the phase `publish`.
  const end = { ...moments, phase: outcome.kind === 'success' ? 'publish' : current } as const;
  await writer.finish(outcome.kind === 'failure' ? lastLine(outcome.failure) : undefined);
  const executedSql = sql && toExecutedSql(sql, ended, deps.ownFolders);
  return { outcome, phases, quality, end, inputSnapshots, columns, executedSql, statements: ended };
}

/** Removes secrets and our own paths from a failure: readers of the log see its message. */
function scrubbed(
  outcome: AttemptOutcome<RunResult>,
  ownFolders: readonly string[],
): AttemptOutcome<RunResult> {
  if (outcome.kind !== 'failure') return outcome;
  const message = scrubLogText(outcome.failure.message, ownFolders);
  return { ...outcome, failure: { ...outcome.failure, message } };
}

/** An attempt's outcome, with the times at which it was interrupted and had stopped. */
interface Ended extends Omit<ExecutionEnd, 'phase'> {
  outcome: AttemptOutcome<RunResult>;
}

/** The size limit for all log lines of one attempt. It holds besides the limit on their number. */
const LOG_MAX_BYTES = 32 * 1024 * 1024;

function isBelow(level: LogLevel, least: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(least);
}

function lastLine({ message, phase }: Failure): NewRunEvent {
  return { kind: 'log', at: new Date(), level: 'error', phase, message };
}

async function runToOutcome(
  deps: AttemptDeps,
  run: ClaimedRun,
  hold: AttemptHandle,
  { reporter, phase }: { reporter: AttemptReporter; phase: () => Phase },
): Promise<Ended> {
  const timeout = new AbortController();
  const signal = AbortSignal.any([hold.stop, timeout.signal]);
  let interruptedAt: number | undefined;
  const onAbort = (): void => void (interruptedAt = performance.now());
  signal.addEventListener('abort', onAbort, { once: true });
  const ended = (outcome: Ended['outcome']): Ended => {
    return { outcome, interruptedAt, stoppedAt: performance.now() };
  };
  let timeoutMs = deps.limits.runTimeoutMs;
  let timer: NodeJS.Timeout | undefined;
  try {
    timeoutMs = runTimeoutMs(deps, run);
    timer = setTimeout(() => timeout.abort(new RunAborted('timed_out')), timeoutMs);
    const execute = run.kind === 'maintenance' ? maintainInRun : runInExecutor;
    const outcome = await execute(deps, run, signal, reporter);
    // An abort outranks the outcome of the child, whose result is discarded.
    const reason = abortReason(signal);
    return ended(reason === undefined ? outcome : stopped(reason, timeoutMs));
  } catch (error) {
    const reason = abortReason(signal);
    if (reason !== undefined) return ended(stopped(reason, timeoutMs));
    const failure = knownFailure(error, runTable(run), phase());
    if (failure === undefined)
      deps.log.error({ err: coerceError(error) }, 'attempt failed unexpectedly');
    else deps.log.warn({ code: failure.code, reason: failure.message }, 'attempt failed');
    return ended({ kind: 'failure', failure: failure ?? internalFailure() });
  } finally {
    signal.removeEventListener('abort', onAbort);
    clearTimeout(timer);
  }
}

function stopped(reason: AbortReason, timeoutMs: number): AttemptOutcome<never> {
  switch (reason) {
    case 'cancelled':
      return { kind: 'cancelled' };
    case 'timed_out':
      return { kind: 'failure', failure: timeoutFailure(timeoutMs) };
    case 'interrupted':
    case 'lease_lost':
      return { kind: 'interrupted' };
  }
}

function runTimeoutMs(deps: AttemptDeps, run: ClaimedRun): number {
  const { runTimeoutMs: usualMs, maxRunTimeoutMs } = deps.limits;
  const seconds = runConfig(run).timeout_seconds;
  // The cap also applies to a pipeline's own setting, and to a run created under an older cap.
  return Math.min(seconds === undefined ? usualMs : seconds * 1_000, maxRunTimeoutMs);
}

function timeoutFailure(timeoutMs: number): Failure {
  const message = `the run was stopped: it took longer than the ${timeoutMs / 1_000} s it may`;
  return { code: 'timed_out', message };
}

function internalFailure(): Failure {
  return {
    code: 'internal',
    message: 'the runner could not execute this run; see its log',
  };
}
