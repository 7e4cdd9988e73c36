import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RunList } from '@rat/contracts';
import { RUN_SORT_FIELDS } from '@rat/domain';
import { putPipeline } from '@rat/store';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';

/**
 * Runs without values for most sort fields, and many with equal values: the hard cases of paging.
 */
const RUNS = 23;

describe('GET /api/v1/runs', () => {
  let api: ApiFixture;

  beforeAll(async () => {
    api = await openApi();
    await putPipeline(
      api.db,
      { namespace: 'default', layer: 'gold', name: 'revenue' },
      { sql: 'SELECT 1', config: {}, qualityTests: [], contentHash: 'one' },
    );
    for (let n = 0; n < RUNS; n += 1) await makeRun(n);
    // Seven timestamps for 23 runs, so many are equal.
    await api.db.pool.query(
      `UPDATE runs SET created_at = '2026-01-01T00:00:00Z'::timestamptz + (n % 7) * interval '1 day'
       FROM (SELECT id, row_number() OVER (ORDER BY md5(id::text)) AS n FROM runs) shuffled
       WHERE shuffled.id = runs.id`,
    );
  });
  afterAll(() => api.close());

  async function makeRun(n: number): Promise<void> {
    const runId = await api.silentRunner.create(n % 2 === 0 ? 'manual' : 'schedule:hourly');
    if (n % 4 === 0) return;
    await api.silentRunner.claim(runId);
    if (n % 4 === 1) await api.silentRunner.succeed(runId, n % 3);
    else if (n % 4 === 2) await api.silentRunner.fail(runId);
    else await api.silentRunner.settle(runId, { kind: 'cancel' });
  }

  async function list(query: string): Promise<RunList> {
    const answer = await supertest(api.url).get(`/api/v1/runs?${query}`);
    if (answer.status !== 200) throw new Error(answer.text);
    return answer.body as RunList;
  }

  async function refusal(query: string): Promise<string> {
    const answer = await supertest(api.url).get(`/api/v1/runs?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject({ code: 'INVALID_ARGUMENT', type: 'VALIDATION' });
    return answer.body.error.message;
  }

  test('GET /runs without parameters lists the 50 newest runs and the total', async () => {
    const { runs, total, next_cursor } = await list('');
    expect(runs).toHaveLength(RUNS);
    expect(total).toBe(RUNS);
    expect(next_cursor).toBeNull();
    const times = runs.map((run) => run.created_at);
    expect(times).toEqual(times.toSorted().reverse());
  });

  test.each([
    ['namespace=default', RUNS],
    ['namespace=other', 0],
    ['namespace=No-Slug', 0],
    ['namespace=%00', 0],
    ['layer=silver', RUNS],
    ['layer=gold', 0],
    ['pipeline=orders', RUNS],
    ['pipeline=orderz', 0],
    ['status=pending', 6],
    ['status=success', 6],
    ['status=failed', 6],
    ['status=cancelled', 5],
    ['status=running', 0],
    ['status=success&layer=silver&namespace=default&pipeline=orders', 6],
    ['status=success&layer=gold', 0],
    ['namespace=&status=&limit=&from=', RUNS],
    ['namespace=default&layer=silver&pipeline=orders&pipeline_version=1', RUNS],
    ['namespace=default&layer=silver&pipeline=orders&pipeline_version=1&status=failed', 6],
    ['namespace=default&layer=silver&pipeline=orders&pipeline_version=2', 0],
    ['namespace=default&layer=gold&pipeline=revenue&pipeline_version=1', 0],
    ['namespace=default&layer=gold&pipeline=orders&pipeline_version=1', 0],
    ['namespace=%00&layer=silver&pipeline=orders&pipeline_version=1', 0],
  ])(
    'GET /runs?%s lists exactly the matching runs, and total counts them',
    async (query, expected) => {
      const { runs, total } = await list(query);
      expect({ listed: runs.length, total }).toEqual({ listed: expected, total: expected });
    },
  );

  test('from and to are exclusive, combine, and accept any time zone', async () => {
    const all = (await list('')).runs.map((run) => run.created_at);
    const from = '2026-01-02T00:00:00.000Z';
    const to = '2026-01-05T00:00:00.000Z';
    const between = all.filter((at) => at > from && at < to).length;
    expect(between).toBeGreaterThan(0);
    expect((await list(`from=${from}&to=${to}`)).total).toBe(between);
    expect((await list(`from=2026-01-02&to=2026-01-05`)).total).toBe(between);
    expect((await list(`from=2026-01-02T02:00:00%2B02:00&to=${to}`)).total).toBe(between);
    // A client that does not encode the + of a time zone sends a space.
    expect((await list(`from=2026-01-02T02:00:00+02:00&to=${to}`)).total).toBe(between);
    expect((await list(`from=${to}&to=${from}`)).total).toBe(0);
  });

  describe.each(RUN_SORT_FIELDS)('sort=%s', (field) => {
    test.each(['asc', 'desc'])(
      'a list in order=%s sorts runs without a value last',
      async (order) => {
        const { runs } = await list(`sort=${field}&order=${order}`);
        const values = runs.map((run) => run[field]).filter((value) => value !== null);
        const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
        expect(values).toEqual(order === 'asc' ? sorted : sorted.reverse());
        const firstNull = runs.findIndex((run) => run[field] === null);
        if (firstNull >= 0) expect(firstNull).toBe(values.length);
      },
    );

    test.each(['asc', 'desc'])(
      'pages in order=%s list each run once, by offset and by cursor',
      async (order) => {
        const whole = (await list(`sort=${field}&order=${order}`)).runs.map((run) => run.id);
        const byOffset: string[] = [];
        for (let offset = 0; offset < RUNS; offset += 4) {
          const page = await list(`sort=${field}&order=${order}&limit=4&offset=${offset}`);
          byOffset.push(...page.runs.map((run) => run.id));
        }
        const byCursor: string[] = [];
        let cursor: string | null = '';
        while (cursor !== null) {
          const page: RunList = await list(`sort=${field}&order=${order}&limit=4&cursor=${cursor}`);
          expect(page.total).toBe(RUNS);
          byCursor.push(...page.runs.map((run) => run.id));
          cursor = page.next_cursor;
        }
        expect(byOffset).toEqual(whole);
        expect(byCursor).toEqual(whole);
      },
    );
  });

  test('sort=-field is the same as order=desc, which is the default', async () => {
    const ids = async (query: string): Promise<string[]> =>
      (await list(query)).runs.map((run) => run.id);
    const expected = await ids('sort=duration_ms&order=desc');
    expect(await ids('sort=-duration_ms')).toEqual(expected);
    expect(await ids('sort=-duration_ms&order=desc')).toEqual(expected);
    expect(await ids('sort=duration_ms')).toEqual(expected);
  });

  test('a limit above 200 means 200, and an offset beyond the end returns an empty page', async () => {
    expect((await list('limit=201')).runs).toHaveLength(RUNS);
    expect((await list('limit=999999999999')).runs).toHaveLength(RUNS);
    expect((await list('limit=3')).runs).toHaveLength(3);
    expect(await list('offset=999999999999')).toEqual({ runs: [], total: RUNS, next_cursor: null });
  });

  test.each([
    ['statos=failed', 'unknown parameter statos; did you mean status'],
    ['limit=0', 'limit'],
    ['limit=-1', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=1e3', 'limit'],
    ['limit=10&limit=20', 'limit'],
    ['offset=-1', 'offset'],
    ['offset=x', 'offset'],
    ['offset=99999999999999999999', 'offset'],
    ['status=done', 'status'],
    ['status=SUCCESS', 'status'],
    ['status=failed,', 'status'],
    ['status=failed&status=done', 'status'],
    ['layer=gold&layer=silver', 'layer'],
    ['layer=tin', 'layer'],
    ['namespace=a&namespace=b', 'namespace'],
    ['from=yesterday', 'from'],
    ['from=2026-13-01', 'from'],
    ['from=2026-01-01T00:00:00', 'from'],
    ['to=1700000000', 'to'],
    ['sort=pipeline', 'sort'],
    ['sort=--created_at', 'sort'],
    ['sort=created_at;drop', 'sort'],
    ['order=up', 'order'],
    ['sort=-created_at&order=asc', 'order'],
    ['cursor=garbage', 'cursor'],
    ['cursor=W10', 'cursor'],
    ['cursor=abc&offset=5', 'offset'],
    ['pipeline_version=1', 'pipeline_version'],
    ['namespace=default&layer=silver&pipeline=orders&pipeline_version=0', 'pipeline_version'],
    ['namespace=default&layer=silver&pipeline=orders&pipeline_version=v1', 'pipeline_version'],
  ])('GET /runs?%s is a 400 that names %s', async (query, name) => {
    expect(await refusal(query)).toMatch(new RegExp(`^${name}\\b`));
  });

  test.each([
    ['pipeline_version=1', 'namespace and layer and pipeline'],
    ['pipeline=orders&pipeline_version=1', 'namespace and layer'],
    ['namespace=default&layer=silver&pipeline=&pipeline_version=1', 'pipeline'],
  ])('GET /runs?%s is a 400 that says that %s must be given too', async (query, missing) => {
    expect(await refusal(query)).toBe(
      `pipeline_version: is a version of one pipeline: ${missing} must be given too`,
    );
  });

  test('a cursor is valid only with its own sort and order', async () => {
    const { next_cursor } = await list('sort=status&limit=2');
    expect(await refusal(`sort=trigger&cursor=${next_cursor}`)).toMatch(/^cursor/);
    expect(await refusal(`sort=status&order=asc&cursor=${next_cursor}`)).toMatch(/^cursor/);
  });
});
