import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startFleet, type Fleet } from '@rat/testing';

const NAME = 'sold';
const PATH = `default/silver/${NAME}`;

/** Each side of the template, and each value, shows in the rows. */
const SQL = `{% if is_incremental() %}
SELECT 2::BIGINT AS id, 'new rows' AS side
{% else %}
SELECT range::BIGINT AS id, 'all rows' AS side FROM range(1, 4)
{% endif %}`;
const INTERVAL_SQL = `SELECT {% if has_interval() %}'about a time'{% else %}'about no time'{% endif %} AS side,
  {{ interval_start }}::VARCHAR AS began, {{ interval_end }}::VARCHAR AS ended, {{ run_logical_date }}::VARCHAR AS day`;
const PARAM_SQL = "SELECT {{ param('region') }} AS region, {{ param('top') }} AS top";
const CONFIG = {
  merge_strategy: 'incremental',
  unique_key: 'id',
  // The order in which the database keeps them.
  params: {
    top: { type: 'integer' },
    region: { type: 'enum', values: ['north', 'south'], default: 'north' },
  },
};

let fleet: Fleet;

beforeAll(async () => {
  const env = { RAT_MAINTENANCE_HOURS: '0' };
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1, env });
  await fleet.putPipeline(PATH, { sql: SQL, config: CONFIG });
  await fleet.spy.waitFor(await fleet.createRun(PATH), 'success');
}, 120_000);
afterAll(() => fleet.close());

type Send = (sql: string, given?: object, name?: string) => Promise<Response>;

function post(path: string, body: object): Promise<Response> {
  return fetch(`${fleet.apis[0]?.url}/api/v1/pipelines/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

const unsaved: Send = (sql, given = {}, name = NAME) =>
  post('preview', {
    ref: { namespace: 'default', layer: 'silver', name },
    files: { sql, config: CONFIG },
    ...given,
  });

const stored: Send = (sql, given = {}) => post(`${PATH}/preview`, { code: sql, ...given });

/** The values of the rows, whose form is that of the route. */
async function rowsOf(answered: Promise<Response>): Promise<string[][]> {
  const response = await answered;
  const body = (await response.json()) as { rows: object[]; error?: unknown };
  expect({ status: response.status, error: body.error }).toEqual({ status: 200 });
  return body.rows.map((row) => Object.values(row).map(String));
}

async function refusalOf(answered: Promise<Response>) {
  const response = await answered;
  const { error } = (await response.json()) as { error: { message: string; issues: object[] } };
  return { status: response.status, message: error.message, issues: error.issues };
}

describe.each<[string, Send]>([
  ['of files that are not stored', unsaved],
  ['of a stored pipeline', stored],
])('a preview %s', (_, send) => {
  test('has the values of its parameters, and the default of those that have none', async () => {
    expect(await rowsOf(send(PARAM_SQL))).toEqual([['north', 'null']]);
    expect(await rowsOf(send(PARAM_SQL, { params: { top: 7 } }))).toEqual([['north', '7']]);
    const params = { region: 'south', top: 3 };
    expect(await rowsOf(send(PARAM_SQL, { params }))).toEqual([['south', '3']]);
  });

  test('is about the time that it is given, as a scheduled run is', async () => {
    expect(await rowsOf(send(INTERVAL_SQL))).toEqual([['about no time', 'null', 'null', 'null']]);
    const interval = { start: '2026-11-28T23:00:00Z', end: '2026-11-30T00:00:00+01:00' };
    expect(await rowsOf(send(INTERVAL_SQL, { interval }))).toEqual([
      ['about a time', '2026-11-28 23:00:00+00', '2026-11-29 23:00:00+00', '2026-11-28'],
    ]);
    const local = { ...interval, logical_date: '2026-11-29' };
    const [row = []] = await rowsOf(send(INTERVAL_SQL, { interval: local }));
    expect(row.at(-1)).toBe('2026-11-29');
  });

  test('of a full refresh takes the side of a first run, also while the table exists', async () => {
    expect(await rowsOf(send(SQL))).toEqual([['2', 'new rows']]);
    const rows = await rowsOf(send(SQL, { full_refresh: true }));
    expect(rows.map(([id]) => id)).toEqual(['1', '2', '3']);
    expect(new Set(rows.map(([, side]) => side))).toEqual(new Set(['all rows']));
  });

  test('counts null as absent, as POST /runs does', async () => {
    const nothing = { params: null, interval: null, full_refresh: null };
    expect(await rowsOf(send(SQL, nothing))).toEqual([['2', 'new rows']]);
  });

  test.each<[string, object]>([
    ['an unknown parameter', { regoin: 'north' }],
    ['a value that its enum lacks', { region: 'west' }],
    ['a value of another type', { top: 'many' }],
  ])('with %s is the 422 that a run gets', async (_what, params) => {
    const run = { namespace: 'default', layer: 'silver', pipeline: NAME, params };
    const asRun = await refusalOf(
      fetch(`${fleet.apis[0]?.url}/api/v1/runs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(run),
      }),
    );
    expect(asRun.status).toBe(422);
    expect(await refusalOf(send(PARAM_SQL, { params }))).toEqual(asRun);
    const [name = ''] = Object.keys(params);
    expect(asRun.issues).toMatchObject([{ path: `params.${name}` }]);
  });

  test.each<[string, object, string]>([
    [
      'ends before it starts',
      { start: '2026-11-29T00:00:00Z', end: '2026-11-28T00:00:00Z' },
      'end',
    ],
    ['has a time without a zone', { start: '2026-11-28', end: '2026-11-29T00:00:00Z' }, 'start'],
    [
      'is out of the calendar',
      { start: '9999-12-31T00:00:00Z', end: '9999-12-31T23:59:59-01:00' },
      'end',
    ],
    ['has no end', { start: '2026-11-28T00:00:00Z' }, 'end'],
  ])('about a time that %s is a 400 that names the field', async (_what, interval, field) => {
    const { status, message } = await refusalOf(send(INTERVAL_SQL, { interval }));
    expect({ status, message }).toEqual({
      status: 400,
      message: expect.stringContaining(`interval.${field}`),
    });
  });
});

interface Compared {
  compare: Record<string, unknown>;
  tests: { name: string; status: string; violations: number | null }[];
}

async function compare(sql: string, given: object, name?: string): Promise<Compared> {
  const response = await unsaved(sql, { compare: true, ...given }, name);
  const text = await response.text();
  if (response.status !== 200) throw new Error(text);
  return JSON.parse(text) as Compared;
}

describe('the comparison of a full refresh', () => {
  test('is with all rows of the table, by the key of the pipeline', async () => {
    const sql = `SELECT * FROM (VALUES (1::BIGINT, 'all rows'), (2, 'changed'), (9, 'fresh')) t(id, side)`;
    expect((await compare(sql, {})).compare).toMatchObject({ gained: 1, lost: 0, changed: 1 });
    expect((await compare(sql, { full_refresh: true })).compare).toMatchObject({
      strategy: 'full_refresh',
      keys: ['id'],
      gained: 1,
      lost: 1,
      changed: 1,
      columns_added: [],
      columns_removed: [],
      samples: {
        gained: [['9', 'fresh']],
        lost: [['3', 'all rows']],
        changed: [{ before: ['2', 'all rows'], after: ['2', 'changed'] }],
      },
    });
  });

  test('shows the columns that the table would lose, and those of another type', async () => {
    const sql = `SELECT * FROM (VALUES (1::BIGINT, 'x'), (2, 'y')) t(id, other)`;
    expect((await compare(sql, { full_refresh: true })).compare).toMatchObject({
      gained: 0,
      lost: 1,
      columns_added: ['other'],
      columns_removed: ['side'],
      columns: ['id'],
    });
    const typed = `SELECT * FROM (VALUES ('1', 'all rows'), ('two', 'all rows')) t(id, side)`;
    expect((await compare(typed, { full_refresh: true })).compare).toMatchObject({
      keys: ['id'],
      gained: 1,
      lost: 2,
      changed: 0,
      samples: { gained: [['two', 'all rows']] },
    });
  });

  test('of a table that no run has written gains every row', async () => {
    const sql = 'SELECT range::BIGINT AS id FROM range(5)';
    const { compare: found } = await compare(sql, { full_refresh: true }, 'unborn');
    expect(found).toMatchObject({ strategy: 'full_refresh', gained: 5, lost: 0, changed: 0 });
  });
});

test('the quality tests of a preview have the values and the time that it has', async () => {
  const response = await post('preview', {
    ref: { namespace: 'default', layer: 'silver', name: NAME },
    files: {
      sql: SQL,
      config: CONFIG,
      quality_tests: [
        { name: 'by_value', sql: "SELECT * FROM {{ this }} WHERE id >= {{ param('top') }}" },
        {
          name: 'by_time',
          sql: 'SELECT * FROM {{ this }} WHERE {% if has_interval() %}true{% else %}false{% endif %}',
        },
      ],
    },
    run_tests: true,
    full_refresh: true,
    params: { top: 2 },
    interval: { start: '2026-11-28T00:00:00Z', end: '2026-11-29T00:00:00Z' },
  });
  const { tests } = (await response.json()) as Compared;
  expect(new Map(tests.map(({ name, violations }) => [name, violations]))).toEqual(
    new Map([
      ['by_time', 3],
      ['by_value', 2],
    ]),
  );
});

test('a preview changes nothing, whatever it is given', async () => {
  const given = { full_refresh: true, params: { top: 1 }, compare: true };
  expect((await unsaved(SQL, given)).status).toBe(200);
  const { rows } = (await fleet.getJson(`/tables/${PATH}/preview?rows_as=arrays`)) as {
    rows: string[][];
  };
  expect(rows).toHaveLength(3);
});
