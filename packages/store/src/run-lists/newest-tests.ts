const RUNS_SHOWN = 30;

/** The newest runs of the pipeline `p` of the outer statement, by the index of addresses. */
export const newestRuns = (
  condition: string,
): string => `SELECT r.id, r.status, r.created_at, r.duration_ms, r.failure_code,
    ARRAY(SELECT a.action::text FROM run_actions a WHERE a.run_id = r.id) AS actions
  FROM runs r
  WHERE (r.namespace, r.layer, r.pipeline) = (p.namespace, p.layer, p.name) ${condition}
  ORDER BY r.created_at DESC, r.id DESC LIMIT ${RUNS_SHOWN}`;

/**
 * The results of the newest run or audit of `p` that executed quality tests, among its last 30 of any
 * kind. Reads them by the primary key, never the history of a test.
 */
export const NEWEST_TESTS = `SELECT jsonb_build_object(
      'run_id', latest.run_id,
      'at', max(latest.recorded_at),
      'counts', jsonb_object_agg(latest.status, latest.amount)
    ) AS tests
  FROM (
    SELECT q.run_id, q.status, max(q.recorded_at) AS recorded_at, count(*) AS amount
    FROM (${newestRuns('')}) n JOIN quality_results q ON q.run_id = n.id
    GROUP BY q.run_id, q.status, n.created_at
    ORDER BY n.created_at DESC, q.run_id DESC
    FETCH FIRST 1 ROWS WITH TIES
  ) latest
  GROUP BY latest.run_id`;
