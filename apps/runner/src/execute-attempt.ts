import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutorLog, ExecutorPhase } from '@rat/contracts';
import { formatRef, type AttemptOutcome, type Failure, type PhaseRecord } from '@rat/domain';
import type { RunHints } from '@rat/events';
import type { LocalWarehouse } from '@rat/lakehouse';
import type { RunQueue } from '@rat/queue';
import { coerceError, type Logger } from '@rat/runtime';
import { findTables, type ClaimedRun, type Database, type Publication } from '@rat/store';
import { abortReason, RunAborted } from './abort-reason.ts';
import { runConfig, runQualityTests, runTable } from './claimed-run.ts';
import type { ExecutorOutcome, ExecutorPool } from './executor/executor-pool.ts';
import type { HeldRuns, Hold } from './held-runs.ts';
import { resolveInputs } from './resolve-inputs.ts';
import { StreamWriter } from './stream-writer.ts';

/** What one executor may use. */
export interface ExecutionLimits {
  tempDir: string;
  memoryLimitMb: number;
  tempLimitMb: number;
  threads: number;
  targetFileMb: number;
  runTimeoutMs: number;
}

export interface AttemptDeps {
  db: Database;
  queue: RunQueue;
  hints: RunHints;
  warehouse: LocalWarehouse;
  executors: ExecutorPool;
  held: HeldRuns;
  limits: ExecutionLimits;
  log: Logger;
}

export interface AttemptResult {
  outcome: AttemptOutcome<Publication>;
  phases: PhaseRecord[];
}

/**
 * Executes a claimed run in an executor child and tells its stream of it. Never throws: whatever goes wrong is an
 * outcome. When it answers, every line of the attempt is durable, so the settlement's status event is the last row.
 */
export async function executeAttempt(
  deps: AttemptDeps,
  run: ClaimedRun,
  hold: Hold,
): Promise<AttemptResult> {
  const phases: PhaseRecord[] = [];
  const writer = new StreamWriter({
    db: deps.db,
    held: { runId: run.id, attempt: run.attempt },
    signal: hold.lost,
    onAppended: (seq) => void deps.hints.publish({ kind: 'moved', runId: run.id, seq }),
    log: deps.log,
  });
  const outcome = await runToOutcome(deps, run, hold, { writer, phases });
  if (outcome.kind === 'failure') {
    const { message, phase } = outcome.failure;
    writer.add({ kind: 'log', at: new Date(), level: 'error', phase, message });
  }
  await writer.flush();
  return { outcome, phases };
}

interface Telling {
  writer: StreamWriter;
  phases: PhaseRecord[];
}

async function runToOutcome(
  deps: AttemptDeps,
  run: ClaimedRun,
  hold: Hold,
  telling: Telling,
): Promise<AttemptOutcome<Publication>> {
  const timeoutMs = runTimeoutMs(deps, run);
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(new RunAborted('timed_out')), timeoutMs);
  try {
    const signal = AbortSignal.any([hold.stop, timeout.signal]);
    const executed = await execute(deps, run, signal, telling);
    return toOutcome(deps, run, executed, { reason: abortReason(signal), timeoutMs });
  } catch (error) {
    const reason = abortReason(hold.stop);
    if (reason !== undefined) return stopped(reason, timeoutMs);
    deps.log.error({ err: coerceError(error) }, 'attempt broke');
    return { kind: 'failure', failure: internalFailure() };
  } finally {
    clearTimeout(timer);
  }
}

async function execute(
  deps: AttemptDeps,
  run: ClaimedRun,
  signal: AbortSignal,
  { writer, phases }: Telling,
): Promise<ExecutorOutcome> {
  const table = runTable(run);
  const { limits } = deps;
  // DuckDB names its spill files alike in every process, so each attempt has a folder of its own.
  const tempDir = join(limits.tempDir, `${run.id}_${run.attempt}`);
  // Earlier attempts are fenced, so what a dead runner left of them is nobody's.
  await deps.warehouse.discardRun(table, run.id);
  const existing = await findTables(deps.db, [table]);
  try {
    return await deps.executors.execute(
      {
        type: 'execute',
        runId: run.id,
        attempt: run.attempt,
        pipeline: table,
        sql: run.sql,
        qualityTests: runQualityTests(run),
        targetExists: existing.has(formatRef(table)),
        runStartedAt: run.claimedAt.toISOString(),
        stagingDir: await deps.warehouse.stagingDir(table, run.id, run.attempt),
        tempDir,
        memoryLimitMb: limits.memoryLimitMb,
        tempLimitMb: limits.tempLimitMb,
        threads: limits.threads,
        targetFileMb: limits.targetFileMb,
      },
      {
        onLog: (line) => writer.add(toLogEvent(line)),
        onPhase: (mark) => {
          const record = toPhaseRecord(mark);
          if (record === undefined) return;
          phases.push(record);
          writer.add({ kind: 'phase', at: new Date(), phase: record.name, payload: record });
        },
        resolveInputs: (wanted) =>
          resolveInputs(deps, {
            namespace: run.namespace,
            tables: wanted.tables,
            landingZones: wanted.landingZones,
          }),
      },
      signal,
    );
  } finally {
    await rm(tempDir, { recursive: true, force: true });
  }
}

function toOutcome(
  deps: AttemptDeps,
  run: ClaimedRun,
  executed: ExecutorOutcome,
  stop: { reason: ReturnType<typeof abortReason>; timeoutMs: number },
): AttemptOutcome<Publication> {
  // Asked to stop outranks whatever the child managed to say: its result is discarded.
  if (stop.reason !== undefined) return stopped(stop.reason, stop.timeoutMs);
  switch (executed.kind) {
    case 'failed':
      return { kind: 'failure', failure: executed.failure };
    case 'interrupted':
      return { kind: 'interrupted' };
    case 'finished': {
      const table = runTable(run);
      const files = executed.files.map((file) => ({
        ...file,
        path: deps.warehouse.publishedPath(table, run.id, run.attempt, file.path),
      }));
      const { columns, rows, bytes } = executed;
      return { kind: 'success', publication: { table, files, columns, rows, bytes } };
    }
  }
}

function stopped(
  reason: NonNullable<ReturnType<typeof abortReason>>,
  timeoutMs: number,
): AttemptOutcome<never> {
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
  const seconds = runConfig(run).timeout_seconds;
  return seconds === undefined ? deps.limits.runTimeoutMs : seconds * 1_000;
}

function timeoutFailure(timeoutMs: number): Failure {
  const message = `the run was stopped: it took longer than the ${timeoutMs / 1_000} s it may`;
  return { code: 'timed_out', message };
}

function internalFailure(): Failure {
  return {
    code: 'internal',
    message: 'the runner could not execute this run; its own log says why',
  };
}

function toLogEvent(line: ExecutorLog): Parameters<StreamWriter['add']>[0] {
  const { level, phase, message } = line;
  return { kind: 'log', at: new Date(line.timestamp), level, phase, message };
}

/** A phase that has ended; its start alone is no record. */
function toPhaseRecord(mark: ExecutorPhase): PhaseRecord | undefined {
  if (mark.status === 'started') return undefined;
  return {
    name: mark.name,
    status: mark.status,
    started_at: mark.startedAt,
    duration_ms: mark.durationMs ?? 0,
    ...(mark.rows === undefined ? {} : { rows: mark.rows }),
    ...(mark.bytes === undefined ? {} : { bytes: mark.bytes }),
  };
}
