import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually, startFleet, type Fleet } from '@rat/testing';

/** A pool that no runner serves: what fires is counted, and nothing executes. */
const COUNTED = 'default/silver/counted';
const SCHEDULES = 30;
const WATCHED_SECONDS = 30;

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 3, runners: 2 });
  await fleet.putPipeline(COUNTED, {
    sql: 'SELECT 1 AS n',
    config: { pool: 'nobody', concurrency: { limit: 1_000 } },
  });
}, 60_000);
afterAll(() => fleet.close());

async function send(method: string, path: string, body: object, api = 0): Promise<unknown> {
  const answer = await fetch(`${fleet.apis[api]?.url ?? ''}/api/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

interface Row {
  id: string;
  firings: number;
  covered: number;
  distinct_times: number;
  runs: number;
  expected: number;
  max_lag_ms: number;
}

test('a run about a time reads its bounds in SQL, and a rerun is about the same time', async () => {
  await fleet.putPipeline('default/silver/daily', {
    sql: `SELECT {{ interval_start }} AS a, {{ interval_end }} AS b, {{ run_logical_date }} AS d,
      {{ has_interval() }} AS has_interval`,
  });
  const made = (await send('PUT', '/pipelines/default/silver/daily/schedules/nightly', {
    cron: '30 2 * * *',
    timezone: 'Europe/Berlin',
  })) as { id: string };
  const rows = async (): Promise<unknown> => {
    const answer = (await send('POST', '/query', {
      sql: `SELECT epoch(a)::BIGINT AS a, epoch(b)::BIGINT AS b, d::VARCHAR AS d, has_interval FROM silver.daily`,
      rows_as: 'arrays',
    })) as { rows: unknown[][] };
    return answer.rows.map((row) => row.map(String));
  };
  const at = (text: string): string => String(Date.parse(text) / 1_000);
  const expected = [[at('2027-03-27T01:30:00Z'), at('2027-03-28T01:00:00Z'), '2027-03-27', 'true']];
  const { run_id: first } = (await send('POST', `/schedules/${made.id}/run`, {
    for: '2027-03-28T01:00:00Z',
  })) as { run_id: string };
  await fleet.spy.waitFor(first, 'success');
  expect(await rows()).toEqual(expected);
  const { run_id: plain } = (await send('POST', `/schedules/${made.id}/run`, {})) as {
    run_id: string;
  };
  await fleet.spy.waitFor(plain, 'success');
  expect(await rows()).toEqual([['null', 'null', 'null', 'false']]);
  const { run_id: again } = (await send('POST', `/runs/${first}/rerun`, {})) as { run_id: string };
  await fleet.spy.waitFor(again, 'success');
  expect(await rows()).toEqual(expected);
}, 60_000);

test('parameters reach SQL as literals of their types, from a schedule, a request and a default', async () => {
  await fleet.putPipeline('default/silver/chosen', {
    sql: `SELECT {{ param('day') }} AS day, {{ param('note') }} AS note, {{ param('top') }} AS top`,
    config: {
      params: {
        day: { type: 'date' },
        note: { type: 'string' },
        top: { type: 'integer', default: 10 },
      },
    },
  });
  const evil = `'; DROP TABLE x; --`;
  const made = (await send('PUT', '/pipelines/default/silver/chosen/schedules/daily', {
    cron: '0 0 * * *',
    params: { day: '2026-11-01', note: evil },
  })) as { id: string; params: object };
  expect(made.params).toEqual({ day: '2026-11-01', note: evil });
  const rows = async (): Promise<unknown> => {
    const answer = (await send('POST', '/query', {
      sql: 'SELECT day::VARCHAR, note, top::VARCHAR FROM silver.chosen',
      rows_as: 'arrays',
    })) as { rows: unknown[][] };
    return answer.rows;
  };
  const { run_id: first } = (await send('POST', `/schedules/${made.id}/run`, {
    params: { top: 3 },
  })) as { run_id: string };
  await fleet.spy.waitFor(first, 'success');
  expect(await rows()).toEqual([['2026-11-01', evil, '3']]);
  const plain = await fleet.createRun('default/silver/chosen', 0, {
    params: { day: '2026-11-02' },
  });
  await fleet.spy.waitFor(plain, 'success');
  expect(await rows()).toEqual([['2026-11-02', null, '10']]);
  await expect(
    fleet.createRun('default/silver/chosen', 0, { params: { day: 'yesterday' } }),
  ).rejects.toThrow('422');
}, 60_000);

test('while APIs and runners are killed and frozen, each due time has one firing and one run, within seconds', async () => {
  for (let n = 0; n < SCHEDULES; n += 1) {
    await send('PUT', `/pipelines/${COUNTED}/schedules/s${n}`, {
      every_seconds: 10,
      offset_seconds: n % 10,
      catch_up: 'all',
    });
  }
  const [start] = await fleet.query<{ at: Date }>('SELECT clock_timestamp() AS at');
  const since = async (seconds: number): Promise<void> => {
    await eventually(
      `${seconds} s have passed`,
      async () => {
        const [now] = await fleet.query<{ at: Date }>('SELECT clock_timestamp() AS at');
        return Number(now?.at) - Number(start?.at) >= seconds * 1_000 || undefined;
      },
      60_000,
    );
  };
  await since(4);
  fleet.apis[0]?.process.kill('SIGKILL');
  await since(8);
  fleet.runners[0]?.kill('SIGKILL');
  await since(11);
  fleet.apis[1]?.process.kill('SIGSTOP');
  await since(15);
  fleet.runners[1]?.kill('SIGKILL');
  await fleet.startRunner();
  await since(22);
  fleet.apis[1]?.process.kill('SIGCONT');
  await since(WATCHED_SECONDS);
  fleet.apis[2]?.process.kill('SIGKILL');
  const rows = await eventually(
    'every schedule has decided the watched time',
    async () => {
      const [behind] = await fleet.query<{ schedules: number }>(
        `SELECT count(*)::int AS schedules FROM schedules
         WHERE every_seconds = 10 AND decided_until < '${start?.at.toISOString()}'::timestamptz + interval '${WATCHED_SECONDS - 10} s'`,
      );
      return behind?.schedules === 0 ? fleet.query<Row>(COUNT) : undefined;
    },
    30_000,
  );
  expect(rows).toHaveLength(SCHEDULES);
  for (const row of rows) {
    expect(row.firings).toBeGreaterThanOrEqual(2);
    expect(row).toMatchObject({
      covered: row.expected,
      distinct_times: row.firings,
      runs: row.firings,
    });
  }
  expect(Math.max(...rows.map((row) => row.max_lag_ms))).toBeLessThan(10_000);
}, 120_000);

/** The due times of a schedule lie between its creation and its last decision. */
const COUNT = `
  SELECT
    s.id::text,
    count(f.id)::int AS firings,
    coalesce(sum(f.count), 0)::int AS covered,
    count(DISTINCT f.scheduled_for)::int AS distinct_times,
    (SELECT count(*)::int FROM runs r WHERE r.source_id = s.id) AS runs,
    (floor((extract(epoch FROM s.decided_until) - s.offset_seconds) / 10)
      - floor((extract(epoch FROM s.created_at) - s.offset_seconds) / 10))::int AS expected,
    max(f.lag_ms) AS max_lag_ms
  FROM schedules s JOIN firings f ON f.source_id = s.id
  WHERE s.every_seconds = 10
  GROUP BY s.id`;
