import { tmpdir } from 'node:os';
import type { TableEngine } from '@rat/engine';
import { compileInTime } from '@rat/pipelines';

/** Has what most pipelines have: an expression of the template, a function, groups and an order. */
const SQL = 'SELECT {{ 1 }} AS a, count(*) AS n FROM range(2) GROUP BY ALL ORDER BY a';
const PIPELINE = { namespace: 'default', layer: 'bronze', name: 'rehearsal' } as const;

/**
 * Answers a question that reads no table and writes nothing, and returns its rows. The first real
 * question is answered faster then: Node has compiled the code, and DuckDB's library is loaded.
 */
export async function rehearse(engine: TableEngine): Promise<unknown[]> {
  const context = {
    pipeline: PIPELINE,
    runStartedAt: new Date().toISOString(),
    isIncremental: false,
  };
  const { sql } = compileInTime(SQL, context);
  const [select] = engine.splitStatements(sql);
  if (select === undefined) throw new Error('the rehearsal has no statement');
  await engine.findTableNames(select);
  const limits = { memoryLimitMb: 64, tempLimitMb: 1, threads: 1, maxRows: 1, maxBytes: 1_000 };
  const { namespace } = PIPELINE;
  // DuckDB makes the folder only when it spills.
  const tempDir = `${tmpdir()}/rehearsal`;
  const { rows } = await engine.query(select, { ...limits, tempDir, namespace, tables: [] });
  return rows;
}
