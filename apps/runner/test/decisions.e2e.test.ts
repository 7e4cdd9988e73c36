import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startFleet, type Fleet } from '@rat/testing';

interface Answer {
  status: number;
  body: {
    rows?: unknown[][];
    snapshot_id?: string | null;
    tainted_runs?: { run_id: string; pipeline: string }[];
    quarantine?: { branch: string; kept_until: string | null } | null;
    finished_at?: string;
    actions?: object[];
    status?: string;
    error?: { message: string };
  };
}

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
}, 60_000);
afterAll(() => fleet.close());

const NO_BIG_ROWS = { name: 'no-big-rows', sql: 'SELECT * FROM {{ this }} WHERE n > 10' };

async function send(path: string, body?: object): Promise<Answer> {
  const headers = { 'content-type': 'application/json' };
  const post = { method: 'POST', headers, body: JSON.stringify(body) };
  const url = `${fleet.apis[0]?.url}/api/v1${path}`;
  const response = await fetch(url, body === undefined ? {} : post);
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

/** Runs the pipeline with this SQL and returns the run's id. */
async function run(
  name: string,
  sql: string,
  ends: 'success' | 'failed' = 'success',
): Promise<string> {
  const path = `default/silver/${name}`;
  await fleet.putPipeline(path, { sql, quality_tests: [NO_BIG_ROWS] });
  const id = await fleet.createRun(path);
  await fleet.spy.waitFor(id, ends);
  return id;
}

async function read(name: string, more: object = {}): Promise<unknown> {
  const { body } = await send('/query', {
    sql: `SELECT n FROM silver.${name} ORDER BY n`,
    rows_as: 'arrays',
    ...more,
  });
  return body.rows ?? body.error?.message;
}

async function pointer(name: string): Promise<string | undefined> {
  const [row] = await fleet.query<{ metadata_location: string }>(
    `SELECT metadata_location FROM lake.iceberg_tables WHERE table_name = '${name}'`,
  );
  return row?.metadata_location;
}

describe('a run whose tests failed', () => {
  test('a run whose tests failed is inspected on its branch and published by hand, and the reason is stored', async () => {
    await run('held', 'SELECT 1 AS n');
    const id = await run('held', 'SELECT 11 AS n', 'failed');
    const branch = `run_${id.replaceAll('-', '')}`;
    const { quarantine, finished_at: finishedAt = '' } = (await send(`/runs/${id}`)).body;
    // RAT_QUARANTINE_DAYS is 7.
    const kept_until = new Date(Date.parse(finishedAt) + 7 * 86_400_000).toISOString();
    expect(quarantine).toEqual({ branch, kept_until });
    expect(await read('held')).toEqual([[1]]);
    expect(await read('held', { branch })).toEqual([[11]]);

    expect((await send(`/runs/${id}/publish`, {})).status).toBe(400);
    const published = await send(`/runs/${id}/publish`, { reason: 'checked by hand' });
    expect(published).toMatchObject({
      status: 200,
      body: { action: 'publish', reason: 'checked by hand' },
    });
    expect(await read('held')).toEqual([[11]]);
    const after = await send(`/runs/${id}`);
    expect(after.body).toMatchObject({ status: 'failed', quarantine: null });
    expect(after.body.actions).toMatchObject([{ action: 'publish', reason: 'checked by hand' }]);

    const before = await pointer('held');
    for (const verb of ['publish', 'discard']) {
      expect((await send(`/runs/${id}/${verb}`, { reason: 'again' })).status).toBe(409);
    }
    expect(await pointer('held')).toBe(before);
  });

  test('a run whose tests failed cannot be published after a later publish of its table', async () => {
    await run('overtaken', 'SELECT 1 AS n');
    const id = await run('overtaken', 'SELECT 11 AS n', 'failed');
    await run('overtaken', 'SELECT 2 AS n');
    const answer = await send(`/runs/${id}/publish`, { reason: 'late' });
    expect(answer).toMatchObject({
      status: 409,
      body: { error: { message: expect.stringContaining('published again after this run') } },
    });
    expect(await read('overtaken')).toEqual([[2]]);
  });

  test('a run whose tests failed is discarded once, with its branch and files', async () => {
    await run('given_up', 'SELECT 1 AS n');
    const id = await run('given_up', 'SELECT 11 AS n', 'failed');
    const branch = `run_${id.replaceAll('-', '')}`;
    const discard = `${fleet.apis[0]?.url}/api/v1/runs/${id}/discard`;
    const both = await Promise.all([1, 2].map(() => fetch(discard, { method: 'POST' })));
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    expect(await read('given_up', { branch })).toContain('no table of the query has the branch');
    expect(await read('given_up')).toEqual([[1]]);
    expect((await send(`/runs/${id}/publish`, { reason: 'no' })).status).toBe(409);
  });
});

describe('a run that was published', () => {
  test('a revert is a new version, and its answer lists the runs that read the reverted one', async () => {
    await run('undone', 'SELECT 1 AS n');
    const id = await run('undone', 'SELECT i AS n FROM range(3) r(i)');
    const reader = await run('reader', 'SELECT n FROM {{ ref("silver.undone") }}');
    const second = await run('second_reader', 'SELECT n FROM {{ ref("silver.reader") }}');
    const reverted = await send(`/runs/${id}/revert`, { reason: 'wrong source' });
    expect(reverted.status).toBe(200);
    expect(reverted.body.tainted_runs).toMatchObject([
      { run_id: reader, pipeline: 'reader' },
      { run_id: second, pipeline: 'second_reader' },
    ]);
    expect(await read('undone')).toEqual([[1]]);
    const table = await send('/tables/default/silver/undone');
    expect(table.body).toMatchObject({ rows: 1, snapshot_id: reverted.body.snapshot_id });
    expect((await send(`/runs/${id}/revert`, {})).status).toBe(409);
  });

  test('the revert of a first run leaves an empty table, which the next run fills', async () => {
    const id = await run('first', 'SELECT 1 AS n');
    expect((await send(`/runs/${id}/revert`, {})).status).toBe(200);
    expect(await read('first')).toEqual([]);
    await run('first', 'SELECT 5 AS n');
    expect(await read('first')).toEqual([[5]]);
  });

  test('a run cannot be reverted after a later publish, and the refusal names that run', async () => {
    const id = await run('built_on', 'SELECT 1 AS n');
    const later = await run('built_on', 'SELECT 2 AS n');
    const answer = await send(`/runs/${id}/revert`, {});
    expect(answer.status).toBe(409);
    expect(answer.body.error?.message).toContain(`run ${later}`);
    expect(await read('built_on')).toEqual([[2]]);
  });

  test('a run that was published by hand can be reverted, and an unpublished run cannot', async () => {
    await run('by_hand', 'SELECT 1 AS n');
    const id = await run('by_hand', 'SELECT 11 AS n', 'failed');
    const early = await send(`/runs/${id}/revert`, {});
    expect(early).toMatchObject({
      status: 409,
      body: { error: { message: 'only a run that published can be reverted; this one is failed' } },
    });
    await send(`/runs/${id}/publish`, { reason: 'sure' });
    expect((await send(`/runs/${id}/revert`, {})).status).toBe(200);
    expect(await read('by_hand')).toEqual([[1]]);
  });
});

describe('the plan of a decision', () => {
  test('a plan of a publish shows what would come and go, and changes nothing', async () => {
    await run('planned', 'SELECT i AS n FROM range(3) r(i)');
    const id = await run('planned', 'SELECT 11 AS n', 'failed');
    const before = await pointer('planned');
    const { body: table } = await send('/tables/default/silver/planned');
    const plan = await send(`/runs/${id}/publish`, { dry_run: true });
    expect(plan).toMatchObject({
      status: 200,
      body: {
        dry_run: true,
        run_id: id,
        action: 'publish',
        namespace: 'default',
        layer: 'silver',
        pipeline: 'planned',
        current_snapshot_id: table.snapshot_id,
        rows_before: 3,
        rows_after: 1,
        rows_added: 1,
        rows_removed: 3,
        tainted_runs: [],
      },
    });
    expect(await pointer('planned')).toBe(before);
    expect((await send(`/runs/${id}`)).body.actions).toEqual([]);
    const published = await send(`/runs/${id}/publish`, { reason: 'sure' });
    expect(published.body).toMatchObject({
      snapshot_id: (plan.body as { next_snapshot_id?: string }).next_snapshot_id,
    });
    expect((await send(`/runs/${id}/publish`, { dry_run: true })).status).toBe(409);
  });

  test('a plan of a revert names the tainted runs and the version that would come back, and changes nothing', async () => {
    await run('regretted', 'SELECT 1 AS n');
    const { body: table } = await send('/tables/default/silver/regretted');
    const id = await run('regretted', 'SELECT i AS n FROM range(3) r(i)');
    const reader = await run('witness', 'SELECT n FROM {{ ref("silver.regretted") }}');
    const before = await pointer('regretted');
    const plan = await send(`/runs/${id}/revert`, { dry_run: true });
    expect(plan).toMatchObject({
      status: 200,
      body: {
        dry_run: true,
        action: 'revert',
        next_snapshot_id: table.snapshot_id,
        rows_before: 3,
        rows_after: 1,
        rows_added: 1,
        rows_removed: 3,
        tainted_runs: [{ run_id: reader, pipeline: 'witness' }],
      },
    });
    expect(await pointer('regretted')).toBe(before);
    const reverted = await send(`/runs/${id}/revert`, {});
    expect(reverted.body.tainted_runs).toEqual(plan.body.tainted_runs);
    expect((await send(`/runs/${id}/revert`, { dry_run: true })).status).toBe(409);
  });

  test('a plan of a merge counts changed rows and not the rows of rewritten files', async () => {
    const path = 'default/silver/merged';
    const config = { merge_strategy: 'incremental', unique_key: 'n' };
    const put = (sql: string) => fleet.putPipeline(path, { sql, config });
    await put('SELECT i AS n, 0 AS v FROM range(100) r(i)');
    await fleet.spy.waitFor(await fleet.createRun(path), 'success');
    await put('SELECT i AS n, 1 AS v FROM range(98, 103) r(i)');
    const id = await fleet.createRun(path);
    await fleet.spy.waitFor(id, 'success');
    const { body } = await send(`/runs/${id}/revert`, { dry_run: true });
    expect(body).toMatchObject({
      rows_before: 103,
      rows_after: 100,
      rows_added: 2,
      rows_removed: 5,
    });
  });

  test('a plan is refused as its decision would be', async () => {
    await run('outrun', 'SELECT 1 AS n');
    const held = await run('outrun', 'SELECT 11 AS n', 'failed');
    expect((await send(`/runs/${held}/revert`, { dry_run: true })).status).toBe(409);
    const last = await run('outrun', 'SELECT 2 AS n');
    expect(await send(`/runs/${held}/publish`, { dry_run: true })).toMatchObject({
      status: 409,
      body: { error: { message: expect.stringContaining('published again after this run') } },
    });
    expect((await send(`/runs/${last}/publish`, { dry_run: true })).status).toBe(409);
    const nobody = '00000000-0000-4000-8000-000000000000';
    for (const verb of ['publish', 'revert']) {
      expect((await send(`/runs/${nobody}/${verb}`, { dry_run: true })).status).toBe(404);
      expect((await send(`/runs/${last}/${verb}`, { dry_run: 'yes' })).status).toBe(400);
    }
    expect((await send(`/runs/${held}/publish`, { dry_run: false })).status).toBe(400);
    expect((await send(`/runs/${held}/discard`, { dry_run: true })).status).toBe(400);
  });
});

test('a decision about a missing run is 404, and about an unfit run 409', async () => {
  const nobody = '00000000-0000-4000-8000-000000000000';
  const good = await run('good', 'SELECT 1 AS n');
  for (const verb of ['publish', 'discard']) {
    expect((await send(`/runs/${nobody}/${verb}`, { reason: 'r' })).status).toBe(404);
    expect((await send(`/runs/${good}/${verb}`, { reason: 'r' })).status).toBe(409);
  }
  expect((await send(`/runs/${nobody}/revert`, {})).status).toBe(404);
});
