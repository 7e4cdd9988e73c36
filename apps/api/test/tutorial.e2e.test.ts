import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually, startFleet, type Fleet } from '@rat/testing';
import type { Body } from './sdk-client.ts';
import { json, openTutorial, pathOf, type Tutorial } from './tutorial-client.ts';
import {
  CROSSING_SUMMARY,
  NEW_CROSSINGS,
  READ_CROSSINGS,
  VESSEL_HISTORY,
} from './tutorial-pipelines.ts';
import { CROSSINGS, summaries, toCsv, VESSELS } from './tutorial-data.ts';

/**
 * The reference platform's tutorial, part by part, on data of our own of the same form: the requests
 * are those of its portal and its curl lines, the templates have its habits (quotes around tags, a
 * guard that reads the watermark, tables named without quotes).
 */
let fleet: Fleet;
let client: Tutorial;

beforeAll(async () => {
  const env = { RAT_MAINTENANCE_HOURS: '0' };
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1, env });
  client = openTutorial(fleet);
}, 120_000);
afterAll(() => fleet.close());

test('part 1: a pipeline is created, saved, previewed, published, run and queried', async () => {
  await client.create('bronze/first_crossings');
  const rows = CROSSINGS.slice(0, 5).map((one) => `('${one.crossing_id}', '${one.outcome}')`);
  await client.save(
    'bronze/first_crossings',
    `-- @description: Five crossings\n\nSELECT * FROM (VALUES ${rows.join(', ')}) AS t(crossing_id, outcome)`,
  );
  expect((await client.preview('bronze/first_crossings')).rows).toHaveLength(5);
  expect(await client.publish('bronze/first_crossings')).toMatchObject({ version: 1 });
  expect(await client.run('bronze/first_crossings')).toMatchObject({
    status: 'success',
    rows_written: 5,
  });
  const outcomes = await client.query(
    'SELECT outcome, COUNT(*) AS n FROM "default"."bronze"."first_crossings" GROUP BY outcome ORDER BY n DESC',
  );
  expect(outcomes).toEqual([
    { outcome: 'success', n: 4 },
    { outcome: 'failure', n: 1 },
  ]);
  const { tables }: Body = await client.call('GET', '/api/v1/tables?namespace=default');
  expect(tables).toContainEqual(expect.objectContaining({ name: 'first_crossings', row_count: 5 }));
});

test('part 2: files land in zones, and bronze pipelines read them through quoted tags', async () => {
  for (const [zone, name, rows] of [
    ['crossing-data', 'crossings.csv', CROSSINGS],
    ['vessel-catalog', 'vessels.csv', VESSELS],
  ] as const) {
    await client.call('POST', '/api/v1/landing-zones', json({ namespace: 'default', name: zone }));
    await client.upload(zone, 'files', name, toCsv([...rows]));
    await client.upload(zone, 'samples', name, toCsv([...rows]));
  }
  await client.create('bronze/crossing_log');
  await client.save('bronze/crossing_log', READ_CROSSINGS);
  expect((await client.preview('bronze/crossing_log')).rows).toHaveLength(25);
  await client.publish('bronze/crossing_log');
  expect(await client.run('bronze/crossing_log')).toMatchObject({
    status: 'success',
    rows_written: 25,
  });
  expect(
    await client.query(
      'SELECT COUNT(*) AS total, COUNT(DISTINCT country) AS countries FROM "default"."bronze"."crossing_log"',
    ),
  ).toEqual([{ total: 25, countries: 5 }]);

  await client.create('bronze/vessel_registry');
  await client.save(
    'bronze/vessel_registry',
    `SELECT ferry_name, builder, country, length_m, decks, active\nFROM read_csv_auto('{{ landing_zone("vessel-catalog") }}')`,
  );
  await client.publish('bronze/vessel_registry');
  expect(await client.run('bronze/vessel_registry')).toMatchObject({ rows_written: 11 });
  const names = await client.query(
    'SELECT ferry_name FROM "default"."bronze"."vessel_registry" ORDER BY ferry_name',
  );
  expect(names.map((row) => row.ferry_name)).toEqual(VESSELS.map((one) => one.ferry_name).sort());
});

test('part 3: a silver pipeline joins two bronze tables, and a mistyped ref is caught at preview', async () => {
  await client.create('silver/enriched_crossings');
  const join = (log: string): string => `-- @description: Crossings with their ferries
SELECT l.*, v.builder, v.length_m, v.decks
FROM {{ ref('bronze.${log}') }} l
LEFT JOIN {{ ref('bronze.vessel_registry') }} v ON l.ferry = v.ferry_name`;
  await client.save('silver/enriched_crossings', join('crosing_log'));
  expect((await client.preview('silver/enriched_crossings')).error).toMatch(/crosing_log/);
  await client.save('silver/enriched_crossings', join('crossing_log'));
  expect((await client.preview('silver/enriched_crossings')).rows).toHaveLength(25);
  await client.publish('silver/enriched_crossings', 'Initial pipeline');
  expect(await client.run('silver/enriched_crossings')).toMatchObject({ rows_written: 25 });
  expect(
    await client.query(
      'SELECT DISTINCT ferry FROM default.silver.enriched_crossings WHERE builder IS NULL',
    ),
  ).toEqual([]);
});

describe('part 4: incremental loading', () => {
  test('the first run of a new table loads all rows, a second one none', async () => {
    await client.create('bronze/new_log');
    await client.save('bronze/new_log', NEW_CROSSINGS);
    await client.publish('bronze/new_log');
    expect(await client.run('bronze/new_log')).toMatchObject({
      status: 'success',
      rows_written: 25,
    });
    expect(await client.run('bronze/new_log')).toMatchObject({
      status: 'success',
      rows_written: 0,
    });
  });

  test('a table that was filled before loads only what is newer than its greatest day', async () => {
    await client.save('bronze/crossing_log', NEW_CROSSINGS);
    await client.publish('bronze/crossing_log');
    expect(await client.run('bronze/crossing_log')).toMatchObject({ rows_written: 0 });
    expect(await client.query('SELECT COUNT(*) AS n FROM default.bronze.crossing_log')).toEqual([
      { n: 25 },
    ]);
  });

  test('scd2 closes the old version of a changed row and leaves the others', async () => {
    await client.create('silver/vessel_history');
    await client.save('silver/vessel_history', VESSEL_HISTORY);
    await client.publish('silver/vessel_history');
    expect(await client.run('silver/vessel_history')).toMatchObject({ rows_written: 11 });
    expect(await client.run('silver/vessel_history')).toMatchObject({ rows_written: 0 });

    const rebuilt = VESSELS.map((one) => (one.ferry_name === 'Drake' ? { ...one, decks: 9 } : one));
    await client.call('POST', '/api/v1/landing-zones/default/vessel-catalog/files?replace=true', {
      form: { file: { name: 'vessels.csv', content: toCsv(rebuilt) } },
    });
    expect(await client.run('silver/vessel_history')).toMatchObject({ rows_total: 12 });
    const history = await client.query(
      'SELECT ferry_name, decks, valid_to IS NULL AS is_open FROM default.silver.vessel_history ORDER BY ferry_name, valid_from',
    );
    expect(history).toEqual(
      VESSELS.flatMap(({ ferry_name, decks }) =>
        ferry_name === 'Drake'
          ? [
              { ferry_name, decks, is_open: false },
              { ferry_name, decks: 9, is_open: true },
            ]
          : [{ ferry_name, decks, is_open: true }],
      ),
    );
  });
});

describe('part 5: quality tests', () => {
  const path = `${pathOf('bronze/crossing_log')}/tests`;

  test('two tests are added one by one, and the next run passes both', async () => {
    await client.call(
      'POST',
      path,
      json({
        name: 'no-null-ids',
        sql: `-- @severity: error
-- @description: A crossing has an id
-- @tags: completeness, primary-key
-- @remediation: Look for an empty crossing_id in the file

SELECT * FROM {{ ref('bronze.crossing_log') }} WHERE crossing_id IS NULL`,
      }),
    );
    await client.call(
      'POST',
      path,
      json({
        name: 'valid-outcomes',
        sql: `-- @severity: warn
SELECT * FROM {{ ref('bronze.crossing_log') }}
WHERE outcome NOT IN ('success', 'failure', 'partial_failure')`,
      }),
    );
    const { tests }: Body = await client.call('GET', path);
    expect(tests).toMatchObject([
      { name: 'no-null-ids', severity: 'error', tags: ['completeness', 'primary-key'] },
      { name: 'valid-outcomes', severity: 'warn' },
    ]);
    const ended = await client.run('bronze/crossing_log');
    expect(ended.status).toBe('success');
    const { results }: Body = await client.call('GET', `/api/v1/runs/${ended.id}/quality`);
    expect(results.map((one: Body) => one.status)).toEqual(['passed', 'passed']);
  });

  test('rows that fail an error test never reach the table, and the run names them', async () => {
    const [last] = CROSSINGS.slice(-1);
    const bad = [{ ...last, crossing_id: '', day: '2025-01-01' }];
    await client.upload('crossing-data', 'files', 'bad.csv', toCsv(bad));
    const ended = await client.run('bronze/crossing_log');
    expect(ended).toMatchObject({ status: 'failed', error: expect.stringMatching(/no-null-ids/) });
    expect(await client.query('SELECT COUNT(*) AS n FROM default.bronze.crossing_log')).toEqual([
      { n: 25 },
    ]);
    await client.call('DELETE', '/api/v1/landing-zones/default/crossing-data/files/bad.csv');
  });
});

test('part 6: a Python pipeline is refused, and the refusal says what to write', async () => {
  const python = { namespace: 'default', layer: 'silver', name: 'ferry_stats', type: 'python' };
  const answer = await client.ask('POST', '/api/v1/pipelines', json(python));
  expect(answer).toMatchObject({
    status: 422,
    body: { error: { message: expect.stringMatching(/Python.*SQL/s) } },
  });
  await client.create('silver/ferry_stats');
  const path = '/api/v1/files/default/pipelines/silver/ferry_stats/pipeline.py';
  expect(await client.ask('PUT', path, json({ content: 'result = 1' }))).toMatchObject({
    status: 422,
    body: { error: { message: expect.stringMatching(/Python.*pipeline\.sql/s) } },
  });
  await client.save(
    'silver/ferry_stats',
    `SELECT ferry, COUNT(*) AS total FROM {{ ref('bronze.crossing_log') }} GROUP BY ferry`,
  );
  await client.publish('silver/ferry_stats', 'Initial statistics');
  expect(await client.run('silver/ferry_stats')).toMatchObject({ rows_written: 11 });
});

describe('part 7: triggers', () => {
  test('a cron trigger runs the bronze pipeline when its time has come', async () => {
    const made = await client.trigger('bronze/crossing_log', {
      type: 'cron',
      config: { cron_expr: '0 * * * *' },
    });
    expect(made).toMatchObject({ type: 'cron', enabled: true });
    const schedule: Body = await client.call('GET', `/api/v1/schedules/${made.id}`);
    expect(schedule.next_run_at).toMatch(/:00:00/);
    // As if an hour had begun since the schedule was made.
    await fleet.query(
      `UPDATE schedules SET decided_until = now() - interval '1 hour', fire_at = now()
       WHERE id = '${made.id}'`,
    );
    expect(await client.ranBy('bronze/crossing_log', 'schedule:')).toMatchObject({
      status: 'success',
      rows_written: 0,
    });
    await client.call('PUT', `/api/v1/schedules/${made.id}`, json({ enabled: false }));
  }, 120_000);

  test('an uploaded file runs bronze, whose success runs silver, with nothing sent by hand', async () => {
    await client.trigger('bronze/crossing_log', {
      type: 'landing_zone_upload',
      config: { namespace: 'default', zone_name: 'crossing-data' },
      cooldown_seconds: 60,
    });
    await client.trigger('silver/enriched_crossings', {
      type: 'pipeline_success',
      config: { namespace: 'default', layer: 'bronze', pipeline: 'crossing_log' },
    });
    // The file of part 2 once more, as the tutorial says.
    await client.upload('crossing-data', 'files', 'crossings.csv', toCsv([...CROSSINGS]));
    const bronze = await client.ranBy('bronze/crossing_log', 'trigger:upload');
    expect(bronze).toMatchObject({ status: 'success', rows_written: 0 });
    const silver = await client.ranBy('silver/enriched_crossings', 'trigger:upstream');
    expect(silver).toMatchObject({ status: 'success', rows_written: 25 });
    const { caused_by: cause }: Body = await client.call('GET', `/api/v1/runs/${silver.id}`);
    expect(cause.causes).toContainEqual(expect.objectContaining({ run_id: bronze.id }));
  }, 120_000);

  test('a second file within the cooldown waits for its end', async () => {
    await client.upload('crossing-data', 'files', 'third.csv', toCsv([...CROSSINGS]));
    const path = `${pathOf('bronze/crossing_log')}/why-not`;
    await eventually('the trigger has seen the file', async () => {
      const { sources }: Body = await client.call('GET', path);
      return sources.some((one: Body) => one.verdict === 'cooling_down');
    });
    const runs = await client.runsBy('bronze/crossing_log', 'trigger:upload');
    expect(runs).toHaveLength(1);
  });

  test('a webhook runs a pipeline for whoever has its token, which is shown once', async () => {
    const made = await client.trigger('silver/ferry_stats', {
      type: 'webhook',
      config: {},
      cooldown_seconds: 60,
    });
    const { webhook_url: url, webhook_token: token } = made;
    const deliver = () => fetch(url, { method: 'POST', headers: { 'X-Webhook-Token': token } });
    const answer = await deliver();
    expect(answer.status).toBe(201);
    expect(await answer.json()).toEqual({ run_id: expect.any(String) });
    expect(await client.ranBy('silver/ferry_stats', 'trigger:webhook')).toMatchObject({
      status: 'success',
      rows_written: 11,
    });
    expect((await deliver()).status).toBe(429);
    const { triggers }: Body = await client.call('GET', `${pathOf('silver/ferry_stats')}/triggers`);
    expect(triggers).toMatchObject([{ type: 'webhook', webhook_url: url }]);
    expect(JSON.stringify(triggers)).not.toContain(token);
  }, 120_000);

  test('a file whose name fits the pattern runs a pipeline, and one that does not fit runs none', async () => {
    const body = {
      type: 'file_pattern',
      config: { namespace: 'default', zone_name: 'raw_events', pattern: 'crossings_*.csv' },
      cooldown_seconds: 60,
      enabled: true,
    };
    const zone = json({ namespace: 'default', name: 'raw_events' });
    await client.call('POST', '/api/v1/landing-zones', zone);
    const made = await client.trigger('silver/ferry_stats', body);
    expect(made).toMatchObject(body);
    await client.upload('raw_events', 'files', 'ferries_2026.csv', toCsv([...VESSELS]));
    await client.upload('raw_events', 'files', 'crossings_2026.csv', toCsv([...CROSSINGS]));
    const run = await client.ranBy('silver/ferry_stats', 'trigger:upload');
    expect(run).toMatchObject({ status: 'success', rows_written: 11 });
    const { caused_by: cause }: Body = await client.call('GET', `/api/v1/runs/${run.id}`);
    expect(JSON.stringify(cause)).toContain('crossings_2026.csv');
    expect(JSON.stringify(cause)).not.toContain('ferries_2026.csv');
    await client.call('DELETE', `${pathOf('silver/ferry_stats')}/triggers/${made.id}`);
  }, 120_000);

  test('a cron dependency runs a pipeline when its time has come and the pipeline that it waits for has succeeded', async () => {
    const body = {
      type: 'cron_dependency',
      config: { cron_expr: '0 * * * *', dependencies: ['default.silver.enriched_crossings'] },
      enabled: true,
    };
    const made = await client.trigger('silver/ferry_stats', body);
    expect(made).toMatchObject(body);
    // As if an hour had begun since the trigger was made.
    await fleet.query(
      `UPDATE triggers SET decided_until = now() - interval '1 hour' WHERE id = '${made.id}'`,
    );
    expect(await client.run('silver/enriched_crossings')).toMatchObject({ status: 'success' });
    const run = await client.ranBy('silver/ferry_stats', 'trigger:dependency');
    expect(run).toMatchObject({ status: 'success', rows_written: 11 });
    await client.call('DELETE', `${pathOf('silver/ferry_stats')}/triggers/${made.id}`);
  }, 120_000);
});

describe('part 8: gold, versions, retention and documentation', () => {
  test('the gold table holds what a count without SQL gives', async () => {
    await client.create('gold/crossing_summary');
    await client.save('gold/crossing_summary', CROSSING_SUMMARY);
    const { rows } = await client.preview('gold/crossing_summary');
    expect(rows).toContainEqual(
      expect.objectContaining({ country: 'Norway', crossings: 8, success_rate_pct: 87.5 }),
    );
    await client.publish('gold/crossing_summary', 'Initial gold aggregation');
    await client.run('gold/crossing_summary');
    const gold = await client.query(
      'SELECT * FROM default.gold.crossing_summary ORDER BY year DESC, crossings DESC',
    );
    expect(gold).toHaveLength(summaries().length);
    for (const row of summaries()) expect(gold).toContainEqual(row);
    const later = await client.query(
      `SELECT s.country, LAG(s.crossings) OVER (PARTITION BY s.country ORDER BY s.year) AS before
FROM default.gold.crossing_summary s ORDER BY s.country, s.year DESC`,
    );
    expect(later).toHaveLength(gold.length);
  });

  test('one upload runs bronze, silver and gold, one after the other', async () => {
    const { triggers }: Body = await client.call(
      'GET',
      `${pathOf('bronze/crossing_log')}/triggers`,
    );
    const upload = triggers.find((one: Body) => one.type === 'landing_zone_upload');
    await client.trigger('gold/crossing_summary', {
      type: 'pipeline_success',
      config: { namespace: 'default', layer: 'silver', pipeline: 'enriched_crossings' },
    });
    // The file of before may still wait for the end of the cooldown; this one need not.
    const path = `${pathOf('bronze/crossing_log')}/triggers/${upload.id}`;
    await client.call('PUT', path, json({ cooldown_seconds: 0 }));
    await client.upload('crossing-data', 'files', 'fourth.csv', toCsv([...CROSSINGS]));
    expect(await client.ranBy('gold/crossing_summary', 'trigger:upstream')).toMatchObject({
      status: 'success',
      rows_written: summaries().length,
    });
  }, 120_000);

  test('the lineage shows the way from the files to gold, as the portal draws it', async () => {
    const { nodes, edges }: Body = await client.call('GET', '/api/v1/x/lineage/graph');
    const drawn = edges.map((one: Body) => [one.source, one.type, one.target].join(' '));
    const gold = 'default.gold.crossing_summary';
    const silver = 'default.silver.enriched_crossings';
    expect(drawn).toEqual(
      expect.arrayContaining([
        'landing:default/crossing-data landing_input pipeline:default.bronze.crossing_log',
        'pipeline:default.bronze.crossing_log produces table:default.bronze.crossing_log',
        `table:default.bronze.crossing_log ref pipeline:${silver}`,
        `table:default.bronze.vessel_registry ref pipeline:${silver}`,
        `table:${silver} ref pipeline:${gold}`,
        `pipeline:${gold} produces table:${gold}`,
      ]),
    );
    const ids = new Set(nodes.map((one: Body) => one.id));
    for (const { source, target } of edges) expect(ids.has(source) && ids.has(target)).toBe(true);
    expect(nodes).toContainEqual(
      expect.objectContaining({
        type: 'pipeline',
        name: 'crossing_summary',
        latest_run: expect.objectContaining({ status: 'success' }),
      }),
    );
  });

  test('a second version is published, and a rollback makes a third with the first text', async () => {
    const address = 'silver/enriched_crossings';
    const file = `/api/v1/files/default/pipelines/${address}/pipeline.sql`;
    const before: Body = await client.call('GET', file);
    await client.save(address, before.content.replace('with their ferries', 'with ferries'));
    expect(await client.call('GET', pathOf(address))).toMatchObject({ draft_dirty: true });
    expect(await client.publish(address, 'Shorter description')).toMatchObject({ version: 2 });
    const back = await client.call('POST', `${pathOf(address)}/rollback`, json({ version: 1 }));
    expect(back).toMatchObject({ status: 'rolled_back', new_version: 3 });
    expect(await client.call('GET', file)).toMatchObject({ content: before.content });
    const { versions }: Body = await client.call('GET', `${pathOf(address)}/versions`);
    expect(versions.map((one: Body) => one.version_number)).toEqual([3, 2, 1]);
  });

  test('the settings of retention are read, and columns are documented for those who query', async () => {
    const { config }: Body = await client.call('GET', '/api/v1/admin/retention/config');
    expect(config).toMatchObject({ runs_max_per_pipeline: expect.any(Number) });
    const table = '/api/v1/tables/default/gold/crossing_summary';
    const described = { country: 'Country of the port', crossings: 'Crossings in that year' };
    await client.call('PUT', `${table}/metadata`, json({ column_descriptions: described }));
    const { tables }: Body = await client.call(
      'GET',
      '/api/v1/schema?namespace=default&layer=gold',
    );
    expect(tables[0].columns).toContainEqual(
      expect.objectContaining({ name: 'country', description: 'Country of the port' }),
    );
  });
});
