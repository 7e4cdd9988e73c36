/** Runs of a pipeline that are read to find its newest success. */
const RUNS_READ = 100;

/**
 * A query of the newest success of each watched pipeline, with its place in the order of all status
 * changes: `trigger_id`, `input`, `run_id`, `xid`, `position`, `at`. `which` chooses rows of
 * `trigger_inputs i`, and `upTo` is a pair of `xid` and `position` that later successes are left out
 * after. The runs of a pipeline overlap at most a little, so its newest success is among its newest runs.
 *
 * A transaction that this server has not begun yet belongs to another server: the database was
 * restored, and the success is older than all of this one.
 */
export const LATEST_SUCCESSES = (which: string, upTo?: string): string => `
  SELECT i.trigger_id, i.input, s.run_id, s.xid, s.position, s.at
  FROM trigger_inputs i,
    LATERAL (
      SELECT
        split_part(substr(i.input, 10), '.', 1) AS namespace,
        split_part(substr(i.input, 10), '.', 2) AS layer,
        split_part(substr(i.input, 10), '.', 3) AS name
    ) ref,
    LATERAL (
      SELECT r.id AS run_id, place.xid, e.position, e.at
      FROM (
        SELECT id, status, kind, last_seq FROM runs
        WHERE namespace = ref.namespace AND layer = ref.layer AND pipeline = ref.name
        ORDER BY created_at DESC, id DESC LIMIT ${RUNS_READ}
      ) r
        JOIN run_events e ON e.run_id = r.id AND e.kind = 'status' AND e.seq = r.last_seq,
        LATERAL (
          SELECT CASE
            WHEN e.commit_xid < pg_snapshot_xmax(pg_current_snapshot())::text::bigint THEN e.commit_xid
            ELSE 0
          END AS xid
        ) place
      WHERE r.status = 'success'
        AND r.kind = 'pipeline'
        AND e.commit_xid IS NOT NULL
        ${upTo === undefined ? '' : `AND (place.xid, e.position) <= ${upTo}`}
      ORDER BY place.xid DESC, e.position DESC LIMIT 1
    ) s
  WHERE i.input LIKE 'pipeline:%' AND ${which}`;
