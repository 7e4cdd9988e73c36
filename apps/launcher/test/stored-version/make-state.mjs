import { DELIVERIES, ENDLESS, HISTORIES, NS, TYPES } from './pipelines.mjs';

/**
 * The first half of the state: the demo, and the first run of every pipeline. The logs of its runs
 * are archived before the second half begins.
 */
export async function makeFirstHalf(api, demo) {
  await api.upload('default/flights', 'flights-3m.parquet', demo.flights);
  await api.upload('default/airports', 'airports.csv', demo.airports[0]);
  await demo.apply();
  await runDemo(api);

  for (const { path, runs, ...rest } of HISTORIES) {
    await api.put(path, runs[0].sql, { ...rest, ...runs[0] });
    await api.run(path);
  }
  await api.put(`${NS}/bronze/types`, TYPES[0], { config: { merge_strategy: 'append_only' } });
  await api.run(`${NS}/bronze/types`);
  await api.put(`${NS}/bronze/delivered`, DELIVERIES.sql, DELIVERIES);
  await api.upload(`${NS}/deliveries`, 'a.csv', 'n,word\n1,first\n2,"with, comma"\n');
  await api.run(`${NS}/bronze/delivered`);

  await fail(api);
  await cancel(api);
  await compact(api);
}

/** The second half: later runs, decisions on runs, and runs that wait. Their logs stay in Postgres. */
export async function makeSecondHalf(api, demo) {
  await api.upload('default/airports', 'airports.csv', demo.airports[1], '&replace=true');
  await api.run('default/bronze/airports');
  await api.run('default/silver/airports');
  await api.run('default/gold/daily_flights');

  for (const { path, runs, ...rest } of HISTORIES) {
    for (const later of runs.slice(1)) {
      await api.put(path, later.sql, { ...rest, ...later });
      await api.run(path, later.ends, later.fields);
    }
  }
  await api.put(`${NS}/bronze/types`, TYPES[1], { config: { merge_strategy: 'append_only' } });
  await api.run(`${NS}/bronze/types`);
  await api.upload(`${NS}/deliveries`, 'b.csv', 'n,word\n3,third\n');
  await api.run(`${NS}/bronze/delivered`);
  await api.upload(`${NS}/deliveries`, 'waiting.csv', 'n,word\n4,fourth\n');

  await decide(api);
  await repeat(api);
  await fail(api);
  await cancel(api);
  await wait(api);
  await api.send('DELETE', `/pipelines/${NS}/bronze/deleted`);
}

async function runDemo(api) {
  const failing = { broken_report: 'failed', airport_scorecard: 'failed' };
  const { pipelines } = await api.get('/pipelines?namespace=default&limit=200');
  for (const layer of ['bronze', 'silver', 'gold']) {
    for (const { name } of pipelines.filter((one) => one.layer === layer)) {
      await api.run(`default/${layer}/${name}`, failing[name]);
    }
  }
}

/** A run with wrong SQL, and one whose two attempts take too long. */
async function fail(api) {
  const config = { max_retries: 0 };
  const sql = "SELECT no_such_column\nFROM {{ ref('silver.incremental') }}";
  await api.put(`${NS}/gold/failing`, sql, { config });
  await api.run(`${NS}/gold/failing`, 'failed');
  await api.put(`${NS}/gold/too_slow`, ENDLESS, {
    config: { timeout_seconds: 1, max_retries: 1, retry_delay_seconds: 1 },
  });
  await api.run(`${NS}/gold/too_slow`, 'failed');
}

/** A run that is cancelled while it executes, and runs that are cancelled while they wait. */
async function cancel(api) {
  await api.put(`${NS}/silver/endless`, ENDLESS);
  const running = await api.create(`${NS}/silver/endless`);
  await api.until(running, 'running');
  const reason = { reason: 'it never ends', requested_by: 'the operator' };
  await api.send('POST', `/runs/${running}/cancel`, reason);

  await api.put(`${NS}/silver/cancelled`, 'SELECT 1 AS n', { config: { pool: 'later' } });
  await api.create(`${NS}/silver/cancelled`);
  const filter = { namespace: NS, pipeline: 'cancelled' };
  const { token } = await api.send('POST', '/runs/cancel', { filter });
  await api.send('POST', '/runs/cancel', { token });

  const skip = { pool: 'later', concurrency: { limit: 1, on_conflict: 'skip' } };
  await api.put(`${NS}/silver/skipping`, 'SELECT 1 AS n', { config: skip });
  const first = await api.create(`${NS}/silver/skipping`);
  const second = {
    namespace: NS,
    layer: 'silver',
    pipeline: 'skipping',
    trigger: 'schedule:hourly',
  };
  const { status } = await api.ask({ method: 'POST', path: '/runs', body: second });
  if (status !== 409) throw new Error(`a scheduled run beside another one: ${status}`);
  await api.send('POST', `/runs/${first}/cancel`, {});

  await api.put(`${NS}/silver/expired`, 'SELECT 1 AS n', { config: { pool: 'later' } });
  await api.run(`${NS}/silver/expired`, 'cancelled', { expires_in_seconds: 1 });
}

/** Six small files that maintenance joins. */
async function compact(api) {
  const config = { merge_strategy: 'append_only' };
  for (let n = 1; n <= 6; n += 1) {
    await api.put(`${NS}/bronze/small`, `SELECT ${n} AS n, 'row ${n}' AS word`, { config });
    await api.run(`${NS}/bronze/small`);
  }
  const table = { namespace: NS, layer: 'bronze', table: 'small' };
  const { runs } = await api.send('POST', '/maintenance', table);
  for (const { run_id: id } of runs) await api.until(id, 'success');
}

/** A quarantined run of each decision, and one without a decision; a revert; a test of a table. */
async function decide(api) {
  const newest = async (name) =>
    (await api.get(`/runs?namespace=${NS}&pipeline=${name}&limit=1`)).runs[0].id;
  const reason = { reason: 'looked at the rows' };
  await api.send('POST', `/runs/${await newest('published_by_hand')}/publish`, reason);
  await api.send('POST', `/runs/${await newest('discarded')}/discard`, reason);
  await api.send('POST', `/runs/${await newest('reverted')}/revert`, { reason: 'a wrong source' });
  const audit = await api.send('POST', `/pipelines/${NS}/silver/warned/tests/run`);
  await api.until(audit.run_id, 'success');
}

/** The same run again in three ways. */
async function repeat(api) {
  const [{ id }] = (await api.get(`/runs?namespace=${NS}&pipeline=reader&limit=1`)).runs;
  for (const verb of ['rerun', 'reproduce']) {
    const again = await api.send('POST', `/runs/${id}/${verb}`);
    await api.until(again.run_id, 'success');
  }
  const key = { 'Idempotency-Key': 'stored-version' };
  const once = await api.create(`${NS}/silver/reader`, { trigger: 'a key' }, key);
  const twice = await api.create(`${NS}/silver/reader`, { trigger: 'a key' }, key);
  if (once !== twice) throw new Error('the key created two runs');
  await api.until(once, 'success');
}

/** A run that waits for a runner of its pool, which the old version never had. */
async function wait(api) {
  const sql = 'SELECT 42 AS n';
  await api.put(`${NS}/silver/waiting`, sql, { config: { pool: 'later' } });
  await api.create(`${NS}/silver/waiting`, { priority: 7, trigger: 'before the upgrade' });
}
