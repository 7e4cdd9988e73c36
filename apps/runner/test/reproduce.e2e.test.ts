import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startFleet, type Fleet } from '@rat/testing';

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
  await run('default/bronze/raw', 'SELECT 1 AS n');
}, 60_000);
afterAll(() => fleet.close());

interface View {
  status: string;
  error: string | null;
  rerun_of: string | null;
  reproduces: boolean;
  pipeline_version: number;
  input_snapshots: Record<string, string>;
}

/** Puts the pipeline with this content, and runs it. */
async function run(path: string, sql: string, config: object = {}): Promise<string> {
  await fleet.putPipeline(path, { sql, config });
  const id = await fleet.createRun(path);
  await fleet.spy.waitFor(id, 'success', 30_000);
  return id;
}

async function view(id: string): Promise<View> {
  return (await fleet.getJson(`/runs/${id}`)) as View;
}

async function post(path: string, body?: object): Promise<{ status: number; body: never }> {
  const answer = await fetch(`${fleet.apis[0]?.url ?? ''}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as never };
}

async function reproduce(id: string, status: string): Promise<string> {
  const answer = await post(`/runs/${id}/reproduce`);
  expect(answer.status).toBe(202);
  const { run_id: again } = answer.body as { run_id: string };
  await fleet.spy.waitFor(again, status, 30_000);
  return again;
}

async function rowsOf(table: string): Promise<unknown> {
  const { body } = await post('/query', {
    sql: `SELECT * FROM ${table} ORDER BY ALL`,
    rows_as: 'arrays',
  });
  return (body as { rows: unknown }).rows;
}

async function messages(id: string): Promise<string[]> {
  const { logs } = (await fleet.getJson(`/runs/${id}/logs`)) as { logs: { message: string }[] };
  return logs.map((line) => line.message);
}

test('a reproduced run has the version, inputs and rows of the first, after any later publish', async () => {
  const path = 'default/silver/doubled';
  const first = await run(path, 'SELECT n * 2 AS v FROM {{ ref("bronze.raw") }}');
  await run('default/bronze/raw', 'SELECT 50 AS n');
  await run(path, 'SELECT n * 3 AS v FROM {{ ref("bronze.raw") }}');
  expect(await rowsOf('silver.doubled')).toEqual([[150]]);

  const again = await reproduce(first, 'success');
  expect(await rowsOf('silver.doubled')).toEqual([[2]]);
  const [before, after] = [await view(first), await view(again)];
  expect(after).toMatchObject({ rerun_of: first, reproduces: true, pipeline_version: 1 });
  expect(after.input_snapshots).toEqual(before.input_snapshots);
  expect(before.reproduces).toBe(false);
  expect(await messages(again)).toContain(
    'Reproduces an earlier run: reads default.bronze.raw as it did',
  );
}, 90_000);

test('a failed run has its inputs on record, and its reproduction fails in the same way', async () => {
  const path = 'default/silver/broken';
  await fleet.putPipeline(path, {
    sql: `SELECT CASE WHEN n > 0 THEN error('bad number') END AS x FROM {{ ref("bronze.raw") }}`,
  });
  const failed = await fleet.createRun(path);
  await fleet.spy.waitFor(failed, 'failed', 30_000);
  const { input_snapshots: read } = await view(failed);
  expect(Object.keys(read)).toEqual(['default.bronze.raw']);
  await run('default/bronze/raw', 'SELECT -1 AS n');
  const again = await reproduce(failed, 'failed');
  expect((await view(again)).error).toContain('bad number');
}, 60_000);

test('a reproduced merge is into the current table, and the log has a warning', async () => {
  const path = 'default/silver/added';
  const config = { merge_strategy: 'append_only' };
  const first = await run(path, 'SELECT n FROM {{ ref("bronze.raw") }}', config);
  const again = await reproduce(first, 'success');
  expect(await rowsOf('silver.added')).toHaveLength(2);
  expect((await messages(again)).join('\n')).toMatch(
    /append_only merge is into the table as it is/,
  );
}, 60_000);

test('a reproduction fails by name for an input that is no longer kept, or was never read', async () => {
  const path = 'default/silver/late';
  const first = await run(path, 'SELECT n FROM {{ ref("bronze.raw") }}');
  for (const [kept, message] of [
    [
      `'{"default.bronze.raw": "123"}'`,
      'snapshot 123 of table default.bronze.raw is no longer kept',
    ],
    [`'{}'`, 'no record of reading table default.bronze.raw'],
  ]) {
    await fleet.query(`UPDATE runs SET input_snapshots = ${kept} WHERE id = '${first}'`);
    const again = await reproduce(first, 'failed');
    const [row] = await fleet.query<{ failure_code: string; error: string }>(
      `SELECT failure_code, error FROM runs WHERE id = '${again}'`,
    );
    expect(row).toEqual({
      failure_code: 'source_not_found',
      error: expect.stringContaining(message ?? ''),
    });
  }
}, 60_000);

test('a run that has not ended cannot be reproduced', async () => {
  await fleet.putPipeline('default/silver/nobody', {
    sql: 'SELECT 1 AS n',
    config: { pool: 'nobody' },
  });
  const waiting = await fleet.createRun('default/silver/nobody');
  expect((await post(`/runs/${waiting}/reproduce`)).status).toBe(409);
  expect((await post(`/runs/${crypto.randomUUID()}/reproduce`)).status).toBe(404);
});
