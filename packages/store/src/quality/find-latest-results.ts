import type { PipelineRef } from '@rat/domain';
import type { Database } from '../db/database.ts';
import {
  QUALITY_COLUMNS,
  toQualityResult,
  type QualityRow,
  type StoredQualityResult,
} from './quality-row.ts';

/** One index lookup per name, independent of the length of the histories. */
const FIND_LATEST_RESULTS = {
  name: 'find-latest-results',
  text: `SELECT q.* FROM unnest($4::text[]) AS wanted(name), LATERAL (
      SELECT ${QUALITY_COLUMNS} FROM quality_results q
      WHERE q.namespace = $1 AND q.layer = $2 AND q.pipeline = $3 AND q.test_name = wanted.name
      ORDER BY q.recorded_at DESC, q.run_id DESC LIMIT 1
    ) q`,
};

/** The newest result of each test that has one, by its name. */
export async function findLatestResults(
  db: Database,
  pipeline: PipelineRef,
  testNames: readonly string[],
): Promise<Map<string, StoredQualityResult>> {
  const { namespace, layer, name } = pipeline;
  const answer = await db.pool.query<QualityRow>({
    ...FIND_LATEST_RESULTS,
    values: [namespace, layer, name, testNames],
  });
  return new Map(answer.rows.map((row) => [row.test_name, toQualityResult(row)]));
}
