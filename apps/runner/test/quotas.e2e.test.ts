import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startFleet, type Fleet } from '@rat/testing';

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
}, 60_000);
afterAll(() => fleet.close());

interface Answer {
  status: number;
  retryAfter: number;
  body: Record<string, unknown>;
}

async function send(method: string, path: string, body?: object | string): Promise<Answer> {
  const response = await fetch(`${fleet.apis[0]?.url}/api/v1${path}`, {
    method,
    ...(typeof body === 'object'
      ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
      : {}),
    ...(typeof body === 'string' ? { body } : {}),
  });
  const text = await response.text();
  return {
    status: response.status,
    retryAfter: Number(response.headers.get('retry-after')),
    body: text === '' ? {} : (JSON.parse(text) as Answer['body']),
  };
}

/** The answer to a request that a quota refuses. */
function refusal(quota: object): object {
  return {
    status: 429,
    body: { error: { code: 'RESOURCE_EXHAUSTED', type: 'RATE_LIMIT', quota } },
  };
}

test('a full line refuses runs with the quota, its use and when to try again, in each way to make one', async () => {
  await send('POST', '/namespaces', { name: 'line' });
  await fleet.putPipeline('line/silver/slow', { sql: 'SELECT 1 AS n' });
  const run = { namespace: 'line', layer: 'silver', pipeline: 'slow' };
  const first = await send('POST', '/runs', run);
  const { run_id: id } = first.body as { run_id: string };
  await fleet.spy.waitFor(id, 'success', 30_000);
  const put = await send('PUT', '/namespaces/line', { quotas: { runs_in_line: 0 } });
  expect(put).toMatchObject({
    status: 200,
    body: {
      quotas: { runs_in_line: 0, runs_running: null, query_seconds: null, upload_bytes: null },
    },
  });
  const quota = { name: 'runs_in_line', namespace: 'line', limit: 0, used: 0, free_at: null };
  const schedule = await send('POST', '/schedules', { ...run, name: 'hourly', cron: '0 * * * *' });
  for (const path of [
    '/runs',
    `/runs/${id}/rerun`,
    `/runs/${id}/reproduce`,
    '/pipelines/line/silver/slow/tests/run',
    `/schedules/${String(schedule.body['id'])}/run`,
  ]) {
    const refused = await send('POST', path, path === '/runs' ? run : {});
    expect(refused).toMatchObject(refusal(quota));
    expect(refused.retryAfter).toBe(5);
  }
  expect(await send('POST', '/runs/rerun', { ids: [id] })).toMatchObject({
    status: 202,
    body: {
      runs: [],
      refused: [{ run_id: id, reason: expect.stringContaining('namespace line has 0 runs') }],
    },
  });
  await send('PUT', '/namespaces/line', { quotas: { runs_in_line: null } });
  expect(await send('POST', '/runs', run)).toMatchObject({ status: 202 });
});

test('the seconds of queries and previews of an hour are counted, and used up they refuse further ones', async () => {
  await send('POST', '/namespaces', { name: 'asks', quotas: { query_seconds: 3_600 } });
  const ask = () => send('POST', '/query', { sql: 'SELECT 1 AS n', namespace: 'asks' });
  expect(await ask()).toMatchObject({ status: 200 });
  const used = async (): Promise<number> => {
    const { body } = await send('GET', '/namespaces/asks');
    return (body as { quota_use: { query_seconds: number } }).quota_use.query_seconds;
  };
  const one = await used();
  expect(one).toBeGreaterThan(0);
  expect(one).toBeLessThan(60);
  const preview = {
    ref: { namespace: 'asks', layer: 'silver', name: 'p' },
    files: { sql: 'SELECT 1 AS n' },
  };
  expect(await send('POST', '/pipelines/preview', preview)).toMatchObject({ status: 200 });
  expect(await used()).toBeGreaterThan(one);

  await send('PUT', '/namespaces/asks', { quotas: { query_seconds: 0 } });
  const refused = await ask();
  expect(refused).toMatchObject(
    refusal({ name: 'query_seconds', namespace: 'asks', limit: 0, used: await used() }),
  );
  const { free_at: freeAt } = (refused.body['error'] as { quota: { free_at: string } }).quota;
  expect(freeAt).toMatch(/:00:00\.000Z$/);
  expect(refused.retryAfter).toBeLessThanOrEqual(3_600);
  expect(await send('POST', '/pipelines/preview', preview)).toMatchObject({ status: 429 });
  expect(await send('POST', '/query', { sql: 'SELECT 1 AS n' })).toMatchObject({ status: 200 });
});

test('the default namespace pays for a query in a namespace that does not exist', async () => {
  await send('PUT', '/namespaces/default', { quotas: { query_seconds: 0 } });
  const asked = { sql: 'SELECT 1 AS n', namespace: 'invented' };
  expect(await send('POST', '/query', asked)).toMatchObject(
    refusal({ name: 'query_seconds', namespace: 'default', limit: 0, used: 0 }),
  );
  await send('PUT', '/namespaces/default', { quotas: { query_seconds: 3_600 } });
  expect(await send('POST', '/query', asked)).toMatchObject({ status: 200 });
  const { body } = await send('GET', '/namespaces/default');
  expect(
    (body as { quota_use: { query_seconds: number } }).quota_use.query_seconds,
  ).toBeGreaterThan(0);
  await send('PUT', '/namespaces/default', { quotas: { query_seconds: null } });
});

test('the bytes of uploads of a day are counted, and an upload that does not fit leaves no file', async () => {
  await send('POST', '/namespaces', { name: 'files', quotas: { upload_bytes: 1_000 } });
  const upload = (name: string, bytes: number) =>
    send('POST', `/landing-zones/files/inbox/files?name=${name}`, 'x'.repeat(bytes));
  const used = async (): Promise<unknown> =>
    ((await send('GET', '/namespaces/files')).body['quota_use'] as Record<string, unknown>)[
      'upload_bytes'
    ];
  expect(await upload('one.txt', 600)).toMatchObject({ status: 201 });
  const quota = { name: 'upload_bytes', namespace: 'files', limit: 1_000, used: 600 };
  expect(await upload('two.txt', 401)).toMatchObject(refusal(quota));
  // Of an unknown length: the form is refused in the middle.
  const form = new FormData();
  form.set('file', new Blob(['y'.repeat(401)]), 'three.txt');
  const sent = await fetch(`${fleet.apis[0]?.url}/api/v1/landing-zones/files/inbox/files`, {
    method: 'POST',
    body: form,
  });
  expect(sent.status).toBe(429);
  expect(await used()).toBe(600);
  expect(await upload('four.txt', 400)).toMatchObject({ status: 201 });
  expect(await used()).toBe(1_000);
  // A name that is taken by other content: nothing was stored, so nothing is used.
  await send('PUT', '/namespaces/files', { quotas: { upload_bytes: 5_000 } });
  expect(await upload('one.txt', 10)).toMatchObject({ status: 409 });
  expect(await used()).toBe(1_000);
  const listed = await send('GET', '/landing-zones/files/inbox/files');
  expect(listed.body).toMatchObject({ total: 2 });
});

test('of a namespace that may run one run at a time, all runs end, one after the other', async () => {
  await send('POST', '/namespaces', { name: 'narrow', quotas: { runs_running: 1 } });
  const ids: string[] = [];
  for (const name of ['a', 'b', 'c']) {
    await fleet.putPipeline(`narrow/silver/${name}`, { sql: 'SELECT 1 AS n' });
  }
  for (const name of ['a', 'b', 'c']) ids.push(await fleet.createRun(`narrow/silver/${name}`));
  for (const id of ids) await fleet.spy.waitFor(id, 'success', 30_000);
  const runs: { started_at: string; finished_at: string }[] = [];
  for (const id of ids) runs.push((await send('GET', `/runs/${id}`)).body as (typeof runs)[0]);
  const inOrder = runs.toSorted((one, other) => (one.started_at < other.started_at ? -1 : 1));
  for (const [n, { started_at: started }] of inOrder.entries()) {
    expect(started >= (inOrder[n - 1]?.finished_at ?? '')).toBe(true);
  }
}, 60_000);
