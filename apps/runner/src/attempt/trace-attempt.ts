import type { PhaseRecord } from '@rat/domain';
import type { ClaimedRun } from '@rat/store';
import { parseTraceparent, type TracePlace, type Traces } from '@rat/traces';
import type { TimedStatement } from './execute-attempt.ts';
import type { SettledRun } from './settle-run.ts';

/** The times of an attempt and what became of it. Times are milliseconds since 1970. */
interface TracedAttempt {
  startMs: number;
  /** When the execution had ended and the settlement began. */
  executedMs: number;
  endMs: number;
  phases: readonly PhaseRecord[];
  statements: readonly TimedStatement[];
  /** Undefined when the attempt was no longer ours to settle. */
  settled: SettledRun | undefined;
}

/**
 * Records the spans of one attempt after it has ended: its wait in the queue, the attempt, its
 * phases and their statements. Nothing is measured for it besides what the run records anyway, so an
 * attempt that is killed leaves no spans but those of its successor.
 *
 * The trace is that of the request that made the run. A run that no request made has its own: its id
 * without dashes is the id of the trace.
 */
export function traceAttempt(traces: Traces, run: ClaimedRun, attempt: TracedAttempt): void {
  const { settled, startMs, endMs, executedMs } = attempt;
  const common = { 'rat.run_id': run.id, 'rat.attempt': run.attempt };
  const waited = traces.record({
    name: 'queue',
    kind: 'internal',
    parent: parseTraceparent(run.traceparent),
    traceId: run.id.replaceAll('-', ''),
    startMs: Math.min(run.waitingSince.getTime(), startMs),
    endMs: startMs,
    attributes: { ...common, 'rat.pool': run.pool },
  });
  const own = traces.record({
    name: `run ${run.namespace}.${run.layer}.${run.pipeline}`,
    kind: 'consumer',
    parent: waited,
    startMs,
    endMs,
    attributes: {
      ...common,
      'rat.namespace': run.namespace,
      'rat.layer': run.layer,
      'rat.pipeline': run.pipeline,
      'rat.trigger': run.trigger,
      'rat.kind': run.kind,
      'rat.status': settled?.status ?? 'lost',
      ...(run.requestId === undefined ? {} : { 'rat.request_id': run.requestId }),
      ...(settled?.rowsWritten === undefined ? {} : { 'rat.rows_written': settled.rowsWritten }),
      ...(settled?.failure === undefined ? {} : { 'error.type': settled.failure.code }),
    },
    // The code and not the message: a message may quote the data of the run.
    ...(settled === undefined ? { error: 'lost' } : {}),
    ...(settled?.failure === undefined ? {} : { error: settled.failure.code }),
  });
  const places = recordPhases(traces, own, attempt.phases);
  const hasPublished = settled?.status === 'success';
  const name = hasPublished ? 'publish' : 'settle';
  const last = { name, kind: 'internal', startMs: executedMs, endMs, attributes: {} } as const;
  traces.record({ ...last, parent: own });
  for (const { index, rows, durationMs, endedMs, phase } of attempt.statements) {
    traces.record({
      name: `statement ${index + 1}`,
      kind: 'internal',
      parent: places.get(phase) ?? own,
      startMs: endedMs - durationMs,
      endMs: endedMs,
      attributes: { 'rat.statement': index + 1, 'rat.rows': rows },
    });
  }
}

function recordPhases(
  traces: Traces,
  parent: TracePlace,
  phases: readonly PhaseRecord[],
): Map<string, TracePlace> {
  const places = new Map<string, TracePlace>();
  for (const { name, status, started_at, duration_ms, rows, bytes } of phases) {
    const startMs = Date.parse(started_at);
    const place = traces.record({
      name,
      kind: 'internal',
      parent,
      startMs,
      endMs: startMs + duration_ms,
      attributes: {
        'rat.status': status,
        ...(rows === undefined ? {} : { 'rat.rows': rows }),
        ...(bytes === undefined ? {} : { 'rat.bytes': bytes }),
      },
      ...(status === 'failed' ? { error: 'failed' } : {}),
    });
    places.set(name, place);
  }
  return places;
}
