import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { storedPreviewAnswer, type StoredPreviewAnswer } from '@rat/contracts';
import { startFleet, type Fleet } from '@rat/testing';

const PATH = 'default/silver/shown';

let fleet: Fleet;

beforeAll(async () => {
  const env = { RAT_MAINTENANCE_HOURS: '0' };
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1, env });
  await fleet.putPipeline(PATH, {
    sql: 'SELECT range::BIGINT AS id, (range * 1.5)::DECIMAL(9,2) AS price FROM range(3)',
  });
}, 120_000);
afterAll(() => fleet.close());

async function send(method: string, path: string, body?: object): Promise<Response> {
  return fetch(`${fleet.apis[0]?.url}/api/v1${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
}

async function preview(body?: object, path = PATH): Promise<StoredPreviewAnswer> {
  const response = await send('POST', `/pipelines/${path}/preview`, body);
  expect(response.status).toBe(200);
  return storedPreviewAnswer.parse(await response.json());
}

test('a preview without a body shows the current version, with rows as objects of numbers', async () => {
  const answer = await preview();
  expect(answer).toMatchObject({
    columns: [
      { name: 'id', type: 'BIGINT' },
      { name: 'price', type: 'DECIMAL(9,2)' },
    ],
    rows: [
      { id: 0, price: 0 },
      { id: 1, price: 1.5 },
      { id: 2, price: 3 },
    ],
    total_row_count: 3,
    truncated: false,
    warnings: [],
  });
  expect(answer).not.toHaveProperty('error');
  expect(answer.explain_output).not.toBe('');
  expect(answer.memory_peak_bytes).toBeGreaterThan(10_000_000);
  expect(answer.phases.map(({ name }) => name)).toContain('preview');
  const [line] = answer.logs;
  expect(Date.parse(line?.timestamp ?? '')).toBeGreaterThan(Date.now() - 600_000);
  const first = await preview({ limit: 1 });
  expect(first).toMatchObject({ rows: [{ id: 0, price: 0 }], truncated: true });
});

test('the draft is shown while there is one, and code in place of its SQL', async () => {
  const draft = { sql: "SELECT 'draft' AS what", config: { max_retries: 1 } };
  expect((await send('PUT', `/pipelines/${PATH}/draft`, draft)).status).toBe(201);
  expect(await preview({})).toMatchObject({ rows: [{ what: 'draft' }] });
  const code = await preview({ code: "SELECT 'code' AS what" });
  expect(code.rows).toEqual([{ what: 'code' }]);
  expect(await preview({ code: '' })).toMatchObject({ rows: [{ what: 'draft' }] });
  expect((await send('DELETE', `/pipelines/${PATH}/draft`)).status).toBe(204);
  expect((await preview()).rows).toHaveLength(3);
});

test('a mistake of the author is an error in the answer, with its place', async () => {
  for (const [code, error, place] of [
    ['SELECT\n  GROUP', /syntax error/i, { line: 2 }],
    ["SELECT *\nFROM {{ ref('bronze.none') }}", /bronze\.none/, { path: 'sql' }],
    ['SELECT {{ nope() }}', /nope/, { path: 'sql', line: 1 }],
  ] as const) {
    const answer = await preview({ code });
    expect(answer).toMatchObject({ columns: [], rows: [], total_row_count: 0 });
    expect(answer.error).toMatch(error);
    expect(answer.issues?.[0]).toMatchObject(place);
  }
});

test('a draft with a mistake in its settings shows that mistake', async () => {
  const made = { namespace: 'default', layer: 'gold', name: 'wrong', source: 'SELECT 1 AS n' };
  expect((await send('POST', '/pipelines', made)).status).toBe(201);
  expect(await preview(undefined, 'default/gold/wrong')).toMatchObject({ rows: [{ n: 1 }] });
  const draft = { sql: 'SELECT 1 AS n', config: { max_retrys: 1 } };
  expect((await send('PUT', '/pipelines/default/gold/wrong/draft', draft)).status).toBe(200);
  expect((await preview({}, 'default/gold/wrong')).error).toContain('max_retrys');
  const empty = { ...made, name: 'empty', source: '' };
  expect((await send('POST', '/pipelines', empty)).status).toBe(201);
  expect((await preview({}, 'default/gold/empty')).error).toContain('has no SQL yet');
});

test('named samples are read instead of the files that wait, and an unknown one is an error', async () => {
  const zone = join(fleet.home, 'landing', 'default', 'drops');
  await mkdir(zone, { recursive: true });
  await writeFile(join(zone, 'real.csv'), 'n\n1\n');
  const url = `${fleet.apis[0]?.url}/api/v1/landing-zones/default/drops/samples?name=few.csv`;
  expect((await fetch(url, { method: 'POST', body: 'n\n7\n8\n' })).status).toBe(201);
  const code = "SELECT n FROM read_csv({{ landing_zone('drops') }}) ORDER BY n";
  expect((await preview({ code })).rows).toEqual([{ n: 1 }]);
  for (const name of ['few.csv', 'default/landing/drops/_samples/few.csv']) {
    const { rows } = await preview({ code, sample_files: [name] });
    expect(rows).toEqual([{ n: 7 }, { n: 8 }]);
  }
  expect((await preview({ code, sample_files: [] })).rows).toEqual([{ n: 1 }]);
  const unknown = await preview({ code, sample_files: ['none.csv'] });
  expect(unknown.error).toContain('has a sample none.csv');
});

test('a preview of nothing is a 404, and a wrong body a 400', async () => {
  expect((await send('POST', '/pipelines/default/gold/nobody/preview')).status).toBe(404);
  for (const body of [{ limit: 0 }, { limit: 1_001 }, { colour: 'red' }]) {
    expect((await send('POST', `/pipelines/${PATH}/preview`, body)).status).toBe(400);
  }
});
