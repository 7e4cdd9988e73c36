import { turnPrefix, type Turn } from './turn.ts';

/** The time that the runs hit by a fault needed until they were active again or ended. */
export interface Recovery {
  count: number;
  p50Ms: number;
  p99Ms: number;
}

/**
 * The time to the first status after the fault, of each run that was pending or running. A fault of
 * one runner counts only that runner's runs.
 */
const TIMES = `SELECT min(extract(epoch FROM e.at - $1::timestamptz) * 1000)::float8 AS ms
  FROM runs r JOIN run_events e ON e.run_id = r.id
  WHERE r.trigger LIKE $2 AND r.created_at <= $1 AND (r.finished_at IS NULL OR r.finished_at > $1)
    AND e.kind = 'status' AND e.payload ->> 'status' <> 'pending' AND e.at > $1
    AND ($3::text IS NULL OR EXISTS (SELECT FROM run_attempts a WHERE a.run_id = r.id AND a.runner_id = $3
      AND a.started_at <= $1 AND (a.finished_at IS NULL OR a.finished_at > $1)))
  GROUP BY r.id`;

/** The recovery times over all faults of the turn. */
export async function measureRecovery(turn: Turn): Promise<number[]> {
  const times: number[] = [];
  for (const fault of turn.faults) {
    const rows = await turn.installation.query<{ ms: number }>(TIMES, [
      fault.at,
      `${turnPrefix(turn)}%`,
      fault.runner ?? null,
    ]);
    times.push(...rows.map((row) => row.ms));
  }
  return times;
}

export function summarise(times: readonly number[]): Recovery {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): number =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  return { count: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99) };
}
