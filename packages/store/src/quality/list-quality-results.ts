import type { Database } from '../db/database.ts';
import {
  QUALITY_COLUMNS,
  toQualityResult,
  type QualityRow,
  type StoredQualityResult,
} from './quality-row.ts';

const LIST_QUALITY_RESULTS = {
  name: 'list-quality-results',
  text: `SELECT ${QUALITY_COLUMNS} FROM quality_results q WHERE q.run_id = $1 ORDER BY q.test_name`,
};

/**
 * The quality results of a run, by test name; empty before the run has ended. `runId` must be a
 * UUID.
 */
export async function listQualityResults(
  db: Database,
  runId: string,
): Promise<StoredQualityResult[]> {
  const answer = await db.pool.query<QualityRow>({ ...LIST_QUALITY_RESULTS, values: [runId] });
  return answer.rows.map(toQualityResult);
}
