import type { TicketProgress, TicketResult } from '@rat/contracts';
import { formatRef } from '@rat/domain';
import { parseTraceparent } from '@rat/traces';
import { claimNext, type ClaimedRun, type DeliveredTicket } from '@rat/store';
import { runTable } from '../attempt-contract/claimed-run.ts';
import type { AttemptDeps } from '../attempt-contract/attempt-deps.ts';
import { executeAttempt } from './execute-attempt.ts';
import { settleRun, type SettledRun } from './settle-run.ts';
import { traceAttempt } from './trace-attempt.ts';

/** How often a long run reports its progress on its ticket. A shorter run never does. */
const TELL_EVERY_MS = 1_000;

/**
 * Handles one delivery of one ticket: claim, execute, settle. Returns what became of the run, for
 * those who read the board; undefined when the ticket started none.
 *
 * A ticket wakes its pool rather than one run: the store decides which waiting run takes the slot,
 * so that namespaces take turns. Stale, duplicate and cancelled deliveries lose the claim and are
 * acknowledged. A delivery whose pipeline is at its concurrency limit is acknowledged too; its run
 * is enqueued again when a slot frees.
 *
 * If this throws, Postgres was unreachable: the run is still pending, or its lease will expire. The
 * rescue handles both.
 */
export async function processRun(
  deps: AttemptDeps,
  ticket: DeliveredTicket,
  tell: (progress: TicketProgress) => void,
): Promise<TicketResult | undefined> {
  const claimSentAt = performance.now();
  const { runnerId, leaseMs, pools } = deps;
  const run = await claimNext(deps.db, ticket, { runnerId, leaseMs, pools });
  if (run === undefined) return undefined;
  const attempt = { runId: run.id, attempt: run.attempt };
  const hold = deps.held.hold(attempt, claimSentAt);
  const log = deps.log.child({ run_id: run.id, attempt: run.attempt, ...originFields(run) });
  const startMs = Date.now();
  try {
    log.info('run started');
    // Fire and forget: watchers order rows by seq, so a late or lost hint does no harm.
    void deps.hints.publish({ kind: 'moved', runId: run.id, seq: run.seq, status: 'running' });
    const result = await executeAttempt({ ...deps, log }, run, hold, teller(run, tell));
    const executedMs = Date.now();
    const settled = await settleRun({ ...deps, log }, run, hold, result);
    const { phases, statements } = result;
    const times = { startMs, executedMs, endMs: Date.now() };
    if (deps.traces) traceAttempt(deps.traces, run, { ...times, phases, statements, settled });
    return settled && toTicketResult(run, settled, performance.now() - claimSentAt);
  } finally {
    hold.release();
  }
}

/** Ties the lines of a run to those of the request that made it. */
function originFields({ requestId, traceparent }: ClaimedRun): Record<string, string> {
  const traceId = parseTraceparent(traceparent)?.traceId;
  return {
    ...(requestId === undefined ? {} : { request_id: requestId }),
    ...(traceId === undefined ? {} : { trace_id: traceId }),
  };
}

function teller(
  run: ClaimedRun,
  tell: (progress: TicketProgress) => void,
): (phase: string, percent: number | null) => void {
  let nextAt = performance.now() + TELL_EVERY_MS;
  const pipeline = formatRef(runTable(run));
  return (phase, percent) => {
    const now = performance.now();
    if (now < nextAt) return;
    nextAt = now + TELL_EVERY_MS;
    tell({ run_id: run.id, pipeline, phase, percent });
  };
}

function toTicketResult(
  run: ClaimedRun,
  { status, failure, rowsWritten }: SettledRun,
  durationMs: number,
): TicketResult {
  return {
    run_id: run.id,
    pipeline: formatRef(runTable(run)),
    attempt: run.attempt,
    status,
    rows_written: status === 'success' ? (rowsWritten ?? null) : null,
    duration_ms: Math.round(durationMs),
    failure: failure === undefined ? null : { code: failure.code, message: failure.message },
  };
}
