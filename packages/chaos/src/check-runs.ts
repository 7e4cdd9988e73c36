import { isForbidden, tagOf } from './drivers.ts';
import { findStreamFaults } from './follow-run.ts';
import { turnPrefix, type Turn } from './turn.ts';

/** A run with the facts that the check reads from its rows. */
export interface ToldRun {
  id: string;
  trigger: string;
  status: string;
  attempt: number;
  last_seq: number;
  failure_code: string | null;
  error: string | null;
  output_snapshot_id: string | null;
  input_snapshots: Record<string, string>;
  held: boolean;
  sql: string;
  events: number;
  first_event: number;
  last_event: number;
  /** The number of terminal status events; `end_seq` is the seq of the last one. */
  ends: number;
  end_seq: number | null;
  end_status: string | null;
  attempts: number;
  open_attempts: number;
  successes: number;
  last_outcome: string | null;
}

const TOLD = `SELECT r.id, r.trigger, r.status, r.attempt, r.last_seq, r.failure_code, r.error, r.output_snapshot_id,
    r.input_snapshots, (r.lease_expires_at IS NOT NULL OR r.slot IS NOT NULL) AS held, v.sql, e.*, a.*
  FROM runs r JOIN pipeline_versions v ON v.id = r.pipeline_version_id
  CROSS JOIN LATERAL (SELECT count(*)::int AS events, min(seq) AS first_event, max(seq) AS last_event,
      count(*) FILTER (WHERE is_end)::int AS ends, max(seq) FILTER (WHERE is_end) AS end_seq,
      (array_agg(payload ->> 'status' ORDER BY seq DESC) FILTER (WHERE is_end))[1] AS end_status
    FROM (SELECT seq, payload, kind = 'status' AND payload ->> 'status' IN ('success', 'failed', 'cancelled') AS is_end
      FROM run_events WHERE run_id = r.id) s) e
  CROSS JOIN LATERAL (SELECT count(*)::int AS attempts, count(*) FILTER (WHERE outcome IS NULL)::int AS open_attempts,
      count(*) FILTER (WHERE outcome = 'success')::int AS successes,
      (array_agg(outcome ORDER BY attempt DESC))[1] AS last_outcome
    FROM run_attempts WHERE run_id = r.id) a
  WHERE r.trigger LIKE $1`;

export function readRuns(turn: Turn): Promise<ToldRun[]> {
  return turn.installation.query<ToldRun>(TOLD, [`${turnPrefix(turn)}%`]);
}

/**
 * Finds faults in the rows and event streams of a finished turn's runs. A turn is one play of a
 * scenario. `findTableFaults` checks the tables.
 */
export function findRunFaults(turn: Turn, runs: readonly ToldRun[]): string[] {
  const faults: string[] = [];
  for (const request of turn.requests) {
    const made = runs.filter((run) => run.trigger === request.key);
    const [run] = made;
    if (made.length !== 1 || run === undefined || run.id !== request.runId) {
      faults.push(`${request.key}: made ${made.length} runs`);
      continue;
    }
    const wrong = [
      ...storyFaults(run),
      ...(request.followed === undefined
        ? []
        : findStreamFaults(request.followed, { status: run.status, lastSeq: run.last_seq })),
    ];
    if (request.cancel === 'accepted' && run.status !== 'cancelled')
      wrong.push(`is ${run.status}, but the API accepted its cancel`);
    if (request.cancel === undefined && run.status === 'cancelled')
      wrong.push('is cancelled, but no client cancelled it');
    const failed = isForbidden(request.driver.kind, tagOf(run.sql));
    if (run.status === 'success' && failed)
      wrong.push('succeeded, but its quality test finds rows');
    if (run.status === 'failed' && !(failed && run.failure_code === 'quality_failed'))
      wrong.push(`failed for an unexpected reason: ${run.failure_code} ${run.error}`);
    faults.push(...wrong.map((what) => `${run.trigger} (${run.id}): ${what}`));
  }
  if (runs.length > turn.requests.length) faults.push('there are more runs than requests');
  return faults;
}

function storyFaults(run: ToldRun): string[] {
  const faults: string[] = [];
  if (run.held) faults.push(`is ${run.status}, but it still has a lease or a slot`);
  if (run.first_event !== 1 || run.last_event !== run.events || run.last_seq !== run.events)
    faults.push(
      `has ${run.events} events from seq ${run.first_event} to ${run.last_event}, and its last seq is ${run.last_seq}`,
    );
  if (run.ends !== 1 || run.end_seq !== run.last_seq || run.end_status !== run.status)
    faults.push(
      `is ${run.status}, but its stream has ${run.ends} terminal events, with status ${run.end_status}`,
    );
  if (run.attempts !== run.attempt || run.open_attempts > 0)
    faults.push(
      `is at attempt ${run.attempt}, but has ${run.attempts} rows of attempts, ${run.open_attempts} of them open`,
    );
  if (run.successes !== (run.status === 'success' ? 1 : 0))
    faults.push(`is ${run.status}, but ${run.successes} of its attempts succeeded`);
  if (run.status !== 'cancelled' && run.last_outcome !== run.status)
    faults.push(`is ${run.status}, but its last attempt is ${run.last_outcome}`);
  if ((run.output_snapshot_id !== null) !== (run.status === 'success'))
    faults.push(`is ${run.status}, but its snapshot is ${run.output_snapshot_id}`);
  return faults;
}
