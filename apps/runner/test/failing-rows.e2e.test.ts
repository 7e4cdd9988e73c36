import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FailingRows } from '@rat/contracts';
import { startFleet, type Fleet } from '@rat/testing';

let fleet: Fleet;
let count = 0;

beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
}, 60_000);
afterAll(() => fleet.close());

async function send(method: string, path: string, body?: object): Promise<Response> {
  return fetch(`${fleet.apis[0]?.url}/api/v1${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
}

async function runTo(path: string, content: object, status: string): Promise<string> {
  const put = await send('PUT', `/pipelines/${path}`, content);
  if (!put.ok) throw new Error(await put.text());
  const id = await fleet.createRun(path);
  await fleet.spy.waitFor(id, status);
  return id;
}

async function rowsOf(id: string, name: string, query = ''): Promise<FailingRows> {
  const answer = await send('GET', `/runs/${id}/quality/${name}/rows${query}`);
  if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
  return (await answer.json()) as FailingRows;
}

function newPath(): string {
  count += 1;
  return `default/silver/rows${count}`;
}

/** 500 rows, of which those with an odd number violate. */
const NUMBERS = 'SELECT range AS n, CASE WHEN range % 2 = 0 THEN 1 END AS even FROM range(500)';
const ODD = { name: 'no_odd', sql: 'SELECT n, even FROM {{ this }} WHERE n % 2 = 1; -- none' };

describe('the rows that a quality test found', () => {
  test('all of them are paged, sorted, none twice', async () => {
    const id = await runTo(newPath(), { sql: NUMBERS, quality_tests: [ODD] }, 'failed');
    const first = await rowsOf(id, 'no_odd');
    expect(first).toMatchObject({ run_id: id, test: 'no_odd', violations: 250, truncated: true });
    expect(first.columns.map(({ name }) => name)).toEqual(['n', 'even']);
    expect(first.rows).toHaveLength(100);
    const pages = [first];
    while (pages.at(-1)?.truncated === true) {
      pages.push(await rowsOf(id, 'no_odd', `?offset=${pages.length * 100}`));
    }
    expect(pages).toHaveLength(3);
    const numbers = pages.flatMap(({ rows }) => rows.map(([n]) => Number(n)));
    expect(numbers).toEqual(Array.from({ length: 250 }, (_, i) => 2 * i + 1));
    expect(await rowsOf(id, 'no_odd', '?offset=1000')).toMatchObject({
      rows: [],
      truncated: false,
    });
  }, 60_000);

  test('built-in tests, a test that passed and a test of other tables answer too', async () => {
    const other = newPath();
    await runTo(other, { sql: 'SELECT 2 AS id' }, 'success');
    const [, , name] = other.split('/');
    const id = await runTo(
      newPath(),
      {
        sql: NUMBERS,
        config: {
          tests: [
            { not_null: 'even' },
            { row_count: { max: 10 } },
            { accepted_values: { column: 'N', values: [1, 2] }, name: 'few_values' },
            { relationships: { column: 'n', to: `silver.${name}`, field: 'id' }, name: 'known' },
          ],
        },
        quality_tests: [
          { name: 'none', sql: 'SELECT * FROM {{ this }} WHERE n < 0' },
          {
            name: 'by_ref',
            sql: `SELECT t.n FROM {{ this }} t JOIN {{ ref('silver.${name}') }} o ON o.id = t.n`,
          },
        ],
      },
      'failed',
    );
    // What the run read, and not what has become of it.
    await runTo(other, { sql: 'SELECT 3 AS id' }, 'success');
    expect((await rowsOf(id, 'not_null_even', '?limit=1000')).rows).toHaveLength(250);
    expect((await rowsOf(id, 'row_count')).rows).toHaveLength(1);
    expect((await rowsOf(id, 'few_values', '?limit=1000')).rows).toHaveLength(498);
    expect(await rowsOf(id, 'none')).toMatchObject({ rows: [], violations: 0 });
    expect((await rowsOf(id, 'by_ref')).rows.map(([n]) => Number(n))).toEqual([2]);
    expect((await rowsOf(id, 'known', '?limit=1000')).violations).toBe(499);
  }, 60_000);

  test('a run that published with warnings answers the rows of its snapshot, also after later runs', async () => {
    const path = newPath();
    const warns = { ...ODD, severity: 'warn' };
    const change = {
      tests: [{ row_count: { max_change_pct: 10 }, name: 'change', severity: 'warn' }],
    };
    await runTo(path, { sql: 'SELECT 0 AS n, 0 AS even', config: change }, 'success');
    const id = await runTo(
      path,
      { sql: NUMBERS, quality_tests: [warns], config: change },
      'success',
    );
    await runTo(path, { sql: 'SELECT 7 AS n, 7 AS even', quality_tests: [warns] }, 'success');
    const found = await rowsOf(id, 'no_odd', '?limit=1000');
    expect(found).toMatchObject({ violations: 250, truncated: false });
    expect(found.rows.map(([n]) => Number(n))).toEqual(
      Array.from({ length: 250 }, (_, i) => 2 * i + 1),
    );
    // From one row to 500: the rows before the run are counted, not those of today.
    expect((await rowsOf(id, 'change')).rows).toHaveLength(1);
  }, 60_000);

  test('rows that were published by hand are still those of the run', async () => {
    const path = newPath();
    const bad = await runTo(path, { sql: 'SELECT -1 AS n', quality_tests: [ODD_OF_N] }, 'failed');
    const published = await send('POST', `/runs/${bad}/publish`, { reason: 'looked at' });
    expect(published.status).toBe(200);
    expect((await rowsOf(bad, ODD_OF_N.name)).rows).toEqual([[-1]]);
  }, 60_000);

  test('a run without kept rows explains why there are none', async () => {
    const path = newPath();
    const wrong = await runTo(
      path,
      { sql: "SELECT 'x'::INT AS n", quality_tests: [ODD_OF_N] },
      'failed',
    );
    const never = await send('GET', `/runs/${wrong}/quality/${ODD_OF_N.name}/rows`);
    expect(never.status).toBe(409);
    expect(await never.text()).toContain(
      'only a run that published, or whose quality tests failed',
    );
    const bad = await runTo(path, { sql: 'SELECT -1 AS n', quality_tests: [ODD_OF_N] }, 'failed');
    const unknown = await send('GET', `/runs/${bad}/quality/other/rows`);
    expect(unknown.status).toBe(404);
    expect(await unknown.text()).toContain('its tests are negative');
    await send('POST', `/runs/${bad}/discard`, { reason: 'wrong' });
    const gone = await send('GET', `/runs/${bad}/quality/${ODD_OF_N.name}/rows`);
    expect(gone.status).toBe(409);
    expect(await gone.text()).toContain('no longer kept');
  }, 60_000);
});

const ODD_OF_N = { name: 'negative', sql: 'SELECT * FROM {{ this }} WHERE n < 0' };
