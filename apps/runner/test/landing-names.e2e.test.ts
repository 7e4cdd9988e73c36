import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLogger } from '@rat/runtime';
import { openDatabase, putPipeline } from '@rat/store';
import { eventually, startFleet, type Fleet } from '@rat/testing';
import { LandingClient } from './landing-client.ts';

let fleet: Fleet;
let client: LandingClient;
beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
  client = new LandingClient(fleet);
}, 60_000);
afterAll(() => fleet.close());

const ARCHIVING = { archive_landing_zones: true };

async function deliver(zone: string, name: string | Buffer, content: string | Buffer) {
  const folder = join(fleet.home, 'landing/default', zone);
  const path = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name)]);
  await mkdir(typeof name === 'string' ? dirname(join(folder, name)) : folder, { recursive: true });
  await writeFile(path, content);
}

async function define(name: string, sql: string, config: object = {}): Promise<void> {
  await fleet.putPipeline(`default/bronze/${name}`, {
    sql,
    config: { max_retries: 0, ...config },
  });
}

async function ask(sql: string): Promise<unknown[][] | undefined> {
  const { body } = await client.send('POST', '/query', {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sql, rows_as: 'arrays' }),
  });
  return body.rows;
}

async function failureOf(pipeline: string): Promise<{ code: string; message: string }> {
  const id = await client.run(pipeline, 'failed');
  const { body } = await client.send('GET', `/runs/${id}`);
  const { failure, error } = body as unknown as { failure: { code: string }; error: string };
  return { code: failure.code, message: error };
}

const NAMES = [
  'sales[1].csv',
  'sales1.csv',
  'all*.csv',
  'allofit.csv',
  'wh?.csv',
  'who.csv',
  '{a,b}.csv',
  "it's.csv",
  'dou"ble.csv',
  'back\\slash.csv',
  'back\\[2].csv',
  '100%20#.csv',
  'line\nfeed.csv',
  '_under.csv',
  '\u00e9.csv',
  'e\u0301.csv',
  ' sp ace .csv',
  'x\u202egnp.csv',
  'sub[dir]*/[!a].csv',
  's3:/x.csv',
  'no extension',
];

describe('landing files', () => {
  test('landing files are read by their exact names, each once, and exactly these are archived', async () => {
    for (const [index, name] of NAMES.entries()) await deliver('names', name, `n\n${index}\n`);
    await define(
      'names',
      `SELECT n, filename FROM read_csv({{ landing_zone('names') }}, filename = true, header = true, columns = {'n': 'INT'})`,
      { ...ARCHIVING, merge_strategy: 'append_only' },
    );
    const id = await client.run('names');
    expect(await ask('SELECT n, filename FROM bronze.names ORDER BY n')).toEqual(
      NAMES.map((name, index) => [index, `names/${name}`]),
    );
    await eventually('all are archived', async () => (await client.names('names')).length === 0);
    expect((await client.names('names', '&processed=true')).toSorted()).toEqual(
      NAMES.map((name) => `${id}/${name}`).toSorted(),
    );
  });

  test('a landing file whose name is not UTF-8 fails the run by that name, and stays', async () => {
    await deliver('foreign', 'good.csv', 'n\n1\n');
    await deliver('foreign', Buffer.from('Z\xfcrich.csv', 'latin1'), 'n\n2\n');
    await client.define('foreign', ARCHIVING);
    expect(await failureOf('foreign')).toMatchObject({
      code: 'source_not_found',
      message: expect.stringContaining('foreign/Z\\xfcrich.csv'.split('/')[1] ?? ''),
    });
    expect(await client.names('foreign')).toEqual(['good.csv']);
    expect(await client.names('foreign', '&processed=true')).toEqual([]);
  });

  test('landing files behind a linked zone are not read, listed, archived or delivered', async () => {
    await deliver('real', 'a.csv', 'n\n1\n');
    await symlink(
      join(fleet.home, 'landing/default/real'),
      join(fleet.home, 'landing/default/linked'),
    );
    await client.define('linked');
    expect(await failureOf('linked')).toMatchObject({
      code: 'source_not_found',
      message: expect.stringContaining('default/linked is a symbolic link'),
    });
    expect(await client.names('linked')).toEqual([]);
    expect((await client.upload('linked', 'b.csv', 'n\n2\n')).status).toBe(409);
    expect((await client.send('DELETE', '/landing-zones/default/linked/files/a.csv')).status).toBe(
      409,
    );
    expect(await client.names('real')).toEqual(['a.csv']);
  });

  test('SQL cannot write to the landing path that it reads', async () => {
    const content = '[{"n": 1}]';
    await deliver('target', 'in.json', content);
    await client.upload('target', 'up.json', content);
    const sql = `CREATE TABLE a AS SELECT n FROM read_json({{ landing_zone('target') }});
       CREATE TABLE b AS SELECT * FROM enable_profiling(format = 'json', save_location = 'target/in.json');
       CREATE TABLE c AS SELECT * FROM enable_profiling(format = 'json', save_location = 'target/up.json');
       SELECT n FROM a`;
    await expect(define('target', sql)).rejects.toThrow(/422.*enable_profiling is not allowed/);
    // A version that was stored before a PUT refused such SQL.
    const log = createLogger('test', { level: 'silent' });
    const url = fleet.databaseUrl;
    const db = openDatabase({ url, maxConnections: 1, applicationName: 'test', log });
    try {
      const ref = { namespace: 'default', layer: 'bronze', name: 'target' } as const;
      await putPipeline(db, ref, { sql, config: {}, qualityTests: [], contentHash: 'stored' });
    } finally {
      await db.close();
    }
    const id = await fleet.createRun('default/bronze/target');
    await eventually('it has ended', async () => {
      const { body } = await client.send('GET', `/runs/${id}`);
      return body.status === 'success' || body.status === 'failed';
    });
    const folder = join(fleet.home, 'landing/default/target');
    expect(await readFile(join(folder, 'in.json'), 'utf8')).toBe(content);
    expect(await readFile(join(folder, 'up.json'), 'utf8')).toBe(content);
  });

  test('failures about landing files do not reveal the machine', async () => {
    await client.upload('quiet', 'a.txt', 'x');
    await define(
      'quiet',
      `SELECT filename AS f FROM read_text({{ landing_zone('quiet') }})
       UNION ALL SELECT unnest({{ landing_zone('quiet') }})`,
    );
    await client.run('quiet');
    expect(await ask('SELECT * FROM bronze.quiet')).toEqual([['quiet/a.txt'], ['quiet/a.txt']]);
  });

  test('landing files that are removed after the run began are still read', async () => {
    await client.upload('fleeting', 'a.csv', 'n\n1\n');
    await define(
      'fleeting',
      `CREATE TEMP TABLE w AS SELECT sum(i) AS n FROM range(300_000_000) r(i);
       SELECT n FROM read_csv({{ landing_zone('fleeting') }})`,
    );
    const id = await fleet.createRun('default/bronze/fleeting');
    await eventually('the list is fixed', () => client.filesRead(id, 'fleeting'), 60_000);
    await client.send('DELETE', '/landing-zones/default/fleeting/files/a.csv');
    await fleet.spy.waitFor(id, 'success');
    expect(await ask('SELECT n FROM bronze.fleeting')).toEqual([['1']]);
  }, 120_000);

  test('landing files that two pipelines archive are moved once, and each run has read them or fails for an empty zone', async () => {
    await client.upload('shared', 'a.csv', 'n\n1\n');
    const sql = `CREATE TEMP TABLE w AS SELECT sum(i) AS n FROM range(100_000_000) r(i);
      SELECT n FROM read_csv({{ landing_zone('shared') }})`;
    const config = { ...ARCHIVING, max_retries: 5, retry_delay_seconds: 0 };
    await define('one', sql, config);
    await define('other', sql, config);
    const ids = await Promise.all(
      ['one', 'other'].map((name) => fleet.createRun(`default/bronze/${name}`)),
    );
    const ended = await eventually(
      'both have ended',
      async () => {
        const runs = await Promise.all(ids.map((id) => client.send('GET', `/runs/${id}`)));
        const done = runs.every(({ body }) => /^(success|failed)$/.test(body.status ?? ''));
        return done && runs.map(({ body }) => [body.status, body.failure?.code]);
      },
      60_000,
    );
    // A late run finds the zone empty; a run with its own copy has read all of it.
    for (const [index, [status, code]] of ended.entries()) {
      const table = ['one', 'other'][index];
      if (status === 'failed') expect(code).toBe('source_not_found');
      else expect(await ask(`SELECT n FROM bronze.${table}`)).toEqual([['1']]);
    }
    expect(ended.map(([status]) => status)).toContain('success');
    expect(await client.names('shared')).toEqual([]);
    expect((await client.names('shared', '&processed=true')).length).toBe(1);
  }, 120_000);
});

describe('a landing file whose content does not match its name', () => {
  const gz = gzipSync(Buffer.from(`n\n${'1\n'.repeat(100_000)}`));
  test.each<[string, string | Buffer, string]>([
    ['plain.csv.gz', 'n\n1\n', 'read_csv'],
    ['plain.csv.zst', 'n\n1\n', 'read_csv'],
    ['empty.csv.gz', '', 'read_csv'],
    ['plain.json.zst', '{"n": 1}', 'read_json'],
    ['garbage.parquet', Buffer.alloc(5_000, 7), 'read_parquet'],
    ['empty.parquet', '', 'read_parquet'],
    ['cut.parquet', 'PAR1'.padEnd(400, 'x'), 'read_parquet'],
    ['cut.json', '{"n": 1', 'read_json'],
    ['latin.csv', Buffer.from('n\nZ\xfcrich\n', 'latin1'), 'read_csv'],
    ['latin.txt', Buffer.from('Z\xfcrich', 'latin1'), 'read_text'],
    ['device.csv.gz', gz.subarray(1), 'read_csv'],
  ])(
    '%s fails the run at once, as a fault of the SQL or the sender',
    async (name, content, reader) => {
      const zone = `broken_${name.replaceAll(/\W/g, '_')}`;
      await deliver(zone, name, content);
      await define(zone, `SELECT * FROM ${reader}({{ landing_zone('${zone}') }})`, {
        max_retries: 3,
      });
      const failure = await failureOf(zone);
      expect(failure.code).toBe('sql_error');
      expect(failure.message).toContain(name);
    },
  );
});
