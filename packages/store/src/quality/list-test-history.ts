import type { PipelineRef } from '@rat/domain';
import type { Database } from '../db/database.ts';
import {
  QUALITY_COLUMNS,
  toQualityResult,
  type QualityRow,
  type StoredQualityResult,
} from './quality-row.ts';

const OF_TEST = `q.namespace = $1 AND q.layer = $2 AND q.pipeline = $3 AND q.test_name = $4`;

const LIST_TEST_HISTORY = {
  name: 'list-test-history',
  text: `SELECT ${QUALITY_COLUMNS} FROM quality_results q WHERE ${OF_TEST}
    ORDER BY q.recorded_at DESC, q.run_id DESC LIMIT $5 OFFSET $6`,
};

const COUNT_TEST_HISTORY = {
  name: 'count-test-history',
  text: `SELECT count(*) AS total FROM quality_results q WHERE ${OF_TEST}`,
};

/**
 * A page of the results of one quality test over all runs, newest first; `total` counts all of
 * them.
 */
export async function listTestHistory(
  db: Database,
  pipeline: PipelineRef,
  query: { testName: string; limit: number; offset: number },
): Promise<{ results: StoredQualityResult[]; total: number }> {
  const key = [pipeline.namespace, pipeline.layer, pipeline.name, query.testName];
  const [page, count] = await Promise.all([
    db.pool.query<QualityRow>({
      ...LIST_TEST_HISTORY,
      values: [...key, query.limit, query.offset],
    }),
    db.pool.query<{ total: number }>({ ...COUNT_TEST_HISTORY, values: key }),
  ]);
  return { results: page.rows.map(toQualityResult), total: count.rows[0]?.total ?? 0 };
}
