import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pipelineList, runList, runStats, searchAnswer } from '@rat/contracts';
import supertest from 'supertest';
import { openApi, type ApiFixture } from './api-fixture.ts';

describe('lists, search and figures of runs over HTTP', () => {
  let api: ApiFixture;
  let http: ReturnType<typeof supertest>;
  let failed: string;
  let done: string;

  beforeAll(async () => {
    api = await openApi();
    http = supertest(api.url);
    done = await api.silentRunner.create('schedule:hourly');
    await api.silentRunner.claim(done);
    await api.silentRunner.succeed(done);
    failed = await api.silentRunner.create();
    await api.silentRunner.claim(failed);
    await api.silentRunner.fail(failed);
    await api.silentRunner.create();
  });
  afterAll(() => api.close());

  async function ids(query: string): Promise<string[]> {
    const { body } = await http.get(`/api/v1/runs?${query}`).expect(200);
    const { runs, total } = runList.parse(body);
    expect(total).toBe(runs.length);
    return runs.map(({ id }) => id);
  }

  test('a list takes several statuses, separated by commas or in several parameters', async () => {
    expect(await ids('status=failed,success')).toEqual([failed, done]);
    expect(await ids('status=failed&status=success')).toEqual([failed, done]);
    expect(await ids('status=pending,running,success,failed,cancelled')).toHaveLength(3);
    const refused = await http.get('/api/v1/runs?status=failed,gone').expect(400);
    expect(refused.body.error.message).toContain('must be one or several of pending, running');
    await http.get('/api/v1/runs?kind=audit&kind=pipeline').expect(400);
  });

  test('a list filters by trigger, pool, kind, failure, runner and text, and refuses unknown values and parameters', async () => {
    expect(await ids('trigger=schedule')).toEqual([done]);
    expect(await ids('pool=default&kind=pipeline')).toHaveLength(3);
    expect(await ids('kind=audit')).toEqual([]);
    const { body } = await http.get(`/api/v1/runs/${failed}`);
    expect(await ids(`failure_code=${body.failure.code}`)).toEqual([failed]);
    expect(await ids(`runner=${body.attempts[0].runner}&status=failed`)).toEqual([failed]);
    expect(await ids(`q=${failed}`)).toEqual([failed]);
    expect(await ids('q=silver.ord&status=success')).toEqual([done]);
    expect(await ids('q=%00')).toEqual([]);
    expect(await ids('disposition=quarantined')).toEqual([]);
    for (const query of ['failure_code=x', 'kind=x', 'disposition=x', 'tigger=x'])
      await http.get(`/api/v1/runs?${query}`).expect(400);
  });

  test('started_after and started_before are other names of from and to, and not to be combined with them', async () => {
    const { body } = await http.get(`/api/v1/runs/${failed}`);
    const at = encodeURIComponent(body.created_at);
    expect(await ids(`started_before=${at}`)).toEqual(await ids(`to=${at}`));
    expect(await ids(`started_after=${at}`)).toEqual(await ids(`from=${at}`));
    await http.get(`/api/v1/runs?from=${at}&started_after=${at}`).expect(400);
  });

  test('a run in a list shows kind, version, pool, failure and disposition as the run in full does', async () => {
    const { body: list } = await http.get('/api/v1/runs?status=failed');
    const { body: detail } = await http.get(`/api/v1/runs/${failed}`);
    const [run] = list.runs;
    expect(run).toMatchObject({ kind: 'pipeline', pipeline_version: 1, pool: 'default' });
    expect(run).toMatchObject({ disposition: null, progress: null });
    expect(run.failure).toEqual({ code: detail.failure.code, phase: detail.failure.phase ?? null });
    expect(detail).toMatchObject({ disposition: null, progress: null, kind: 'pipeline' });
  });

  test('stats count the runs of each hour by status, and those that have not ended', async () => {
    const { body } = await http.get('/api/v1/runs/stats').expect(200);
    const { points, now, bucket } = runStats.parse(body);
    expect([points.length, bucket]).toEqual([24, 'hour']);
    // The hour may have turned while the runs were created.
    const sum = (status: 'success' | 'failed' | 'pending' | 'cancelled') =>
      points.slice(-2).reduce((total, point) => total + point[status], 0);
    expect([sum('success'), sum('failed'), sum('pending'), sum('cancelled')]).toEqual([1, 1, 1, 0]);
    expect(now).toEqual({ pending: 1, running: 0 });
    const none = await http.get('/api/v1/runs/stats?bucket=day&pipeline=Nothing').expect(200);
    expect(runStats.parse(none.body).points).toHaveLength(30);
    expect(none.body.now).toEqual({ pending: 0, running: 0 });
    const days = await http.get('/api/v1/runs/stats?bucket=day&from=2026-01-01&to=2026-01-03');
    expect(days.body.points.map((point: { at: string }) => point.at)).toEqual([
      '2026-01-01T00:00:00.000Z',
      '2026-01-02T00:00:00.000Z',
    ]);
  });

  test.each([
    ['bucket=week', 'bucket'],
    ['from=2026-01-02&to=2026-01-01', 'from'],
    ['from=2026-01-01&to=2026-03-01', 'from'],
    ['form=2026-01-01', ''],
  ])('stats refuse %s', async (query, path) => {
    const { body } = await http.get(`/api/v1/runs/stats?${query}`).expect(400);
    expect(body.error.issues[0].path).toBe(path);
  });

  test('a search finds pipelines and runs, and refuses a request without a text', async () => {
    const { body } = await http.get('/api/v1/search?q=orders').expect(200);
    // Without a runner the columns and the files are not known.
    expect(searchAnswer.parse(body)).toEqual({
      truncated: false,
      complete: false,
      results: ['pipeline', 'table'].map((kind) => ({
        kind,
        namespace: 'default',
        layer: 'silver',
        name: 'orders',
      })),
    });
    const run = await http.get(`/api/v1/search?q=${failed}`).expect(200);
    expect(searchAnswer.parse(run.body).results).toMatchObject([{ kind: 'run', id: failed }]);
    for (const query of ['', 'q=', 'q=%20', 'q=a&limits=1'])
      await http.get(`/api/v1/search?${query}`).expect(400);
    for (const query of ['q=%00', 'q=orders&namespace=Other'])
      expect((await http.get(`/api/v1/search?${query}`)).body.results).toEqual([]);
  });

  test('a list of pipelines has their health only when the request wants it', async () => {
    const plain = await http.get('/api/v1/pipelines?q=ORD&sort=-updated_at').expect(200);
    expect(pipelineList.parse(plain.body).pipelines).toMatchObject([{ name: 'orders' }]);
    expect(plain.body.pipelines[0]).not.toHaveProperty('health');
    const { body } = await http.get('/api/v1/pipelines?include=health').expect(200);
    const [{ health } = {}] = pipelineList.parse(body).pipelines;
    expect(health?.runs.map(({ status }) => status)).toEqual(['pending', 'failed', 'success']);
    expect(health?.p50_ms).toBe(health?.p95_ms);
    expect(health?.tests).toBeNull();
    expect(health?.next_fire_at).toBeNull();
    expect(health?.table?.rows).toBe(12_340);
    for (const query of ['include=everything', 'sort=size', 'find=x'])
      await http.get(`/api/v1/pipelines?${query}`).expect(400);
  });
});
