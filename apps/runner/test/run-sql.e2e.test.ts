import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runSql, type RunSqlAnswer } from '@rat/contracts';
import { startFleet, type Fleet } from '@rat/testing';

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
}, 60_000);
afterAll(() => fleet.close());

async function sqlOf(id: string): Promise<RunSqlAnswer> {
  return runSql.parse(await fleet.getJson(`/runs/${id}/sql`));
}

async function run(path: string, body: object, status: string): Promise<string> {
  await fleet.putPipeline(path, { sql: 'SELECT 1 AS n', ...body });
  const id = await fleet.createRun(path);
  await fleet.spy.waitFor(id, status, 30_000);
  return id;
}

describe('GET /runs/{id}/sql', () => {
  test('a run shows its source, and the compiled statements with their rows and times', async () => {
    const few = { name: 'few', sql: 'SELECT * FROM {{ this }} WHERE n > 9' };
    const sql =
      '{% set limit = 3 %}\nCREATE TEMP TABLE t AS SELECT i FROM range(10) r(i);\n  SELECT i AS n\nFROM t WHERE i < {{ limit }}';
    const id = await run('default/silver/counted', { sql, quality_tests: [few] }, 'success');
    const answer = await sqlOf(id);
    expect(answer).toMatchObject({
      pipeline_version: 1,
      source: { 'pipeline.sql': sql, 'tests/quality/few.sql': few.sql },
      attempt: 1,
      truncated: false,
      statements: [
        { text: 'CREATE TEMP TABLE t AS SELECT i FROM range(10) r(i)', rows: 10 },
        { text: 'SELECT i AS n\nFROM t WHERE i < 3', column: 3, rows: 3 },
      ],
    });
    for (const { text, line, column, duration_ms } of answer.statements) {
      const rest = answer.compiled
        ?.split('\n')
        .slice(line - 1)
        .join('\n');
      expect(rest?.slice(column - 1)).toMatch(text);
      expect(duration_ms).toBeGreaterThanOrEqual(0);
    }
    // A later version of the pipeline does not change what the run executed.
    await fleet.putPipeline('default/silver/counted', { sql: 'SELECT 2 AS n' });
    expect(await sqlOf(id)).toEqual(answer);
  });

  test('a statement that failed has no rows and no time, and the statements before it have', async () => {
    const sql = `CREATE TEMP TABLE t AS SELECT 1 AS n;\nSELECT n / 0 AS m, error('no') AS e FROM t`;
    const { statements, compiled } = await sqlOf(
      await run('default/silver/stopped', { sql }, 'failed'),
    );
    expect(compiled).toBe(sql);
    expect(statements).toMatchObject([{ rows: 1, duration_ms: expect.any(Number) }, { line: 2 }]);
    expect(statements[1]).not.toHaveProperty('rows');
    expect(statements[1]).not.toHaveProperty('duration_ms');
  });

  test('the compiled SQL shows no secret', async () => {
    const sql = `SELECT 'https://user:hunter2@localhost/x.csv?token=hunter2' AS u`;
    const { compiled, statements } = await sqlOf(
      await run('default/silver/careful', { sql }, 'success'),
    );
    expect(compiled).toBe(`SELECT 'https://***@localhost/x.csv?token=***' AS u`);
    expect(statements).toMatchObject([{ text: compiled, rows: 1 }]);
  });

  test('a run whose template fails shows its source only', async () => {
    const sql = `{% if is_incremental() %}SELECT 1 AS n{% else %}SELECT {{ ref(run_started_at) }}{% endif %}`;
    await fleet.putPipeline('default/silver/broken', { sql: 'SELECT 1 AS n' });
    await fleet.query(
      `UPDATE pipeline_versions SET sql = $rat$${sql}$rat$
       WHERE pipeline_id = (SELECT id FROM pipelines WHERE name = 'broken')`,
    );
    const id = await fleet.createRun('default/silver/broken');
    await fleet.spy.waitFor(id, 'failed', 30_000);
    expect(await sqlOf(id)).toEqual({
      pipeline_version: 1,
      source: { 'pipeline.sql': sql },
      attempt: null,
      compiled: null,
      statements: [],
      truncated: false,
    });
  });
});
