import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { eventually, startFleet, type Fleet } from '@rat/testing';
import { startCli, type Ended, type Running } from './start-cli.ts';

const ENDLESS = `SELECT count(*) AS n FROM range(10000000) a, range(10000000) b WHERE hash(a.range, b.range) % 7 = 3`;

// Each command is a process of its own, and a test starts several.
jest.setTimeout(90_000);

let fleet: Fleet;
let folder: string;

beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
  folder = await mkdtemp(join(tmpdir(), 'rat-cli-'));
  await fleet.putPipeline('default/gold/good', { sql: 'SELECT 1 AS n' });
  await fleet.putPipeline('default/gold/endless', { sql: ENDLESS });
  await fleet.putPipeline('default/gold/bad', {
    sql: 'SELECT\n  missing_column\nFROM (SELECT 1 AS n)',
    config: { max_retries: 0 },
  });
}, 60_000);
afterAll(async () => {
  await fleet.close();
  await rm(folder, { recursive: true, force: true });
});

function start(args: string[], options: { input?: string; url?: string } = {}): Running {
  return startCli(args, { url: fleet.apis[0]?.url ?? '', folder, ...options });
}

function rat(...args: string[]): Promise<Ended> {
  return start(args).ended;
}

/** Starts the endless run and waits until its command follows it. */
async function followEndless(...options: string[]): Promise<{ command: Running; id: string }> {
  const command = start(['run', 'gold.endless', ...options]);
  const id = await eventually('the run is named', async () => {
    const found = /run ([0-9a-f-]{36})/.exec(command.err())?.[1];
    if (found === undefined) throw new Error(command.err());
    return found;
  });
  await fleet.spy.waitFor(id, 'running');
  return { command, id };
}

describe('a run that is followed', () => {
  test('success prints the log and exits 0', async () => {
    const { code, out, err } = await rat('run', 'gold.good');
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(out).toContain('Published default.gold.good');
    expect(err).toContain('✓ success default.gold.good');
  });

  test('a failure shows the place in the file of its author, and exits 1', async () => {
    const { code, err } = await rat('run', 'gold.bad');
    expect(code).toBe(1);
    expect(err).toContain('pipeline.sql:2:3');
    expect(err).toContain('2 |   missing_column\n    |   ^');
  });

  test('the events of a run are JSON, one a line, to the end', async () => {
    const { out } = await rat('run', 'gold.good', '--json');
    const events = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string });
    expect(events.at(-1)?.event).toBe('end');
  });

  test('SIGTERM leaves the run alone, says how to resume, and exits 130', async () => {
    const { command, id } = await followEndless();
    command.kill('SIGTERM');
    const { code, err } = await command.ended;
    expect(code).toBe(130);
    expect(err).toContain(`rat logs -f ${id}`);
    expect((await fleet.spy.find(id))?.status).toBe('running');
    const cancelled = await rat('cancel', id);
    expect(cancelled).toMatchObject({ code: 0, out: `cancelled ${id}\n` });
    expect((await rat('logs', '-f', id)).code).toBe(3);
    expect((await rat('cancel', id)).code).toBe(6);
  });

  test('a signal cancels the run where the person wants that, and exits 3', async () => {
    const { command, id } = await followEndless('--cancel-on-exit');
    command.kill('SIGINT');
    expect((await command.ended).code).toBe(3);
    await fleet.spy.waitFor(id, 'cancelled');
  });

  test('a timeout leaves the run alone and exits 124', async () => {
    const { command, id } = await followEndless('--timeout', '1');
    expect((await command.ended).code).toBe(124);
    expect((await rat('cancel', 'last:gold.endless')).out).toBe(`cancelled ${id}\n`);
  });

  test('detach prints the id alone', async () => {
    const { code, out } = await rat('run', 'gold.good', '--detach');
    expect(code).toBe(0);
    expect((await fleet.spy.waitFor(out.trim(), 'success')).id).toBe(out.trim());
  });
});

describe('lists and data', () => {
  test('a saved view gives the list its filters, an option wins over them, and an unknown view is named', async () => {
    await rat('run', 'gold.bad');
    const { views } = fleet.client();
    const query = { status: 'failed,cancelled', pipeline: 'bad', from: '-24h' };
    await views.create({ name: 'red', screen: 'runs', query });
    const listed = async (...args: string[]): Promise<string[]> => {
      const { code, out } = await rat('runs', '--view', 'red', '--json', ...args);
      expect(code).toBe(0);
      const lines = out.trim().split('\n');
      return lines.filter(Boolean).map((line) => (JSON.parse(line) as { status: string }).status);
    };
    const statuses = await listed();
    expect(new Set(statuses)).toEqual(new Set(['failed']));
    expect(await listed('--status', 'success')).toEqual([]);
    expect(await rat('runs', '--view', 'blue')).toMatchObject({
      code: 4,
      err: expect.stringContaining('there is no view blue: there are red'),
    });
  });

  test('runs are a table, JSON objects, or ids', async () => {
    const { out } = await rat('runs', 'gold.good', '--limit', '1');
    expect(out).toMatch(/^id +pipeline +status .*\n[0-9a-f-]{13} +default\.gold\.good +✓ success /);
    const one = JSON.parse((await rat('runs', '--limit', '1', '--json')).out) as { id: string };
    expect((await rat('runs', '--limit', '1', '--quiet')).out).toBe(`${one.id}\n`);
    expect((await rat('show', one.id.slice(0, 13), '--quiet')).out).toBe(`${one.id}\n`);
  });

  test('show counts the lines of the log, and its hint prints those of the errors', async () => {
    await rat('run', 'gold.bad');
    const { out } = await rat('show', 'gold.bad');
    const [, hint = ''] =
      /^log +\d+ lines, 1 error: rat (logs [0-9a-f-]{13} --level error)$/m.exec(out) ?? [];
    const errors = await rat(...hint.split(' '));
    expect(errors.out.match(/ ERROR /g)).toHaveLength(1);
    await rat('run', 'gold.good');
    expect((await rat('show', 'gold.good')).out).toMatch(/^log +\d+ lines$/m);
  });

  test('a pool that no runner serves is told beside the runners, and its runs wait in the list of pools', async () => {
    await fleet.putPipeline('default/gold/heavy', {
      sql: 'SELECT 1 AS n',
      config: { pool: 'heavy' },
    });
    const id = await fleet.createRun('default/gold/heavy');
    expect((await rat('runners')).err).toContain(
      'no runner serves the pool heavy: 1 run waits for it',
    );
    const { out } = await rat('pools');
    expect(out).toMatch(/^default\s+1\s.*\sserved$/m);
    expect(out).toMatch(/^heavy\s+0\s+0\/0\s+1\s.*no runner serves it$/m);
    const pools = (await rat('pools', '--json')).out.trim().split('\n');
    expect(pools.map((line) => JSON.parse(line))).toMatchObject([
      { name: 'default', unserved: false, oldest_waiting_since: null },
      { name: 'heavy', unserved: true, waiting: 1 },
    ]);
    await rat('cancel', id);
  });

  test('a query is answered as a table, as JSON and as CSV', async () => {
    const sql = `SELECT 1 AS n, 'x' AS s`;
    expect((await rat('query', sql)).out).toBe('n  s\n1  x\n');
    expect((await rat('query', sql, '--json')).out).toBe('{"n":1,"s":"x"}\n');
    expect((await start(['query', '-', '--format', 'csv'], { input: sql }).ended).out).toBe(
      'n,s\n1,x\n',
    );
  });

  test('a file is delivered into a landing zone', async () => {
    const file = join(folder, 'orders.csv');
    await writeFile(file, 'id\n1\n');
    expect(await rat('upload', file, 'default/orders')).toMatchObject({ code: 0 });
    expect(await fleet.getJson('/landing-zones/default/orders/files')).toMatchObject({
      files: [{ name: 'orders.csv' }],
    });
  });
});

describe('a folder of pipelines', () => {
  test('diff shows what an apply changes and exits 10, and 0 after the apply', async () => {
    const target = join(folder, 'project/pipelines/default/gold/applied');
    await mkdir(target, { recursive: true });
    await writeFile(join(target, 'pipeline.sql'), 'SELECT 1 AS n\n');
    const project = join(folder, 'project');
    expect(await rat('apply', project, '--dry-run')).toMatchObject({ code: 10 });
    expect(await rat('apply', project)).toMatchObject({ code: 0 });
    expect(await rat('diff', project)).toMatchObject({ code: 0, out: '' });
    await writeFile(join(target, 'pipeline.sql'), 'SELECT 2 AS n\n');
    const { code, out } = await rat('diff', project);
    expect(code).toBe(10);
    expect(out).toContain('changed default.gold.applied');
    expect(out).toContain('-SELECT 1 AS n\n+SELECT 2 AS n\n');
  });

  test('a pipeline that the folder lacks is deleted only by consent', async () => {
    await fleet.putPipeline('shop/gold/kept', { sql: 'SELECT 1 AS n' }).catch(async () => {
      await fleet.client().namespaces.create({ name: 'shop' });
      await fleet.putPipeline('shop/gold/kept', { sql: 'SELECT 1 AS n' });
    });
    await fleet.putPipeline('shop/gold/gone', { sql: 'SELECT 1 AS n' });
    const target = join(folder, 'shop/pipelines/shop/gold/kept');
    await mkdir(target, { recursive: true });
    await writeFile(join(target, 'pipeline.sql'), 'SELECT 1 AS n');
    const apply = ['apply', join(folder, 'shop'), '--prune'];
    expect(await rat(...apply)).toMatchObject({ code: 6 });
    expect((await rat('pipelines', '-n', 'shop', '-q')).out).toContain('shop.gold.gone');
    expect(await rat(...apply, '--yes')).toMatchObject({ code: 0 });
    expect((await rat('pipelines', '-n', 'shop', '-q')).out).toBe('shop.gold.kept\n');
  });
});

test('lineage names what a pipeline reads and what it produces', async () => {
  await fleet.putPipeline('default/gold/reader', { sql: "SELECT * FROM {{ ref('gold.good') }}" });
  const { code, out } = await rat('lineage', 'gold.reader');
  expect({ code, out }).toMatchObject({ code: 0 });
  expect(out).toMatch(/^table:default\.gold\.good +pipeline:default\.gold\.reader +ref$/m);
});

describe('a pipeline that is being written', () => {
  test('validate names the file, the line and the column of each mistake, and exits 2', async () => {
    const target = join(folder, 'draft/pipelines/default/gold/drafted');
    await mkdir(target, { recursive: true });
    await writeFile(join(target, 'pipeline.sql'), 'SELECT 1 AS n,,\n');
    const { code, out } = await rat('validate', join(folder, 'draft'));
    expect(code).toBe(2);
    expect(out).toContain('✕ default.gold.drafted\n  error  pipeline.sql:1:');
    await writeFile(join(target, 'pipeline.sql'), '-- @max_retries: many\nSELECT 1 AS n\n');
    const annotated = await rat('validate', join(folder, 'draft'));
    expect(annotated.out).toContain(
      'error  pipeline.sql:1:4: @max_retries: must be a whole number',
    );
    const applied = await rat('apply', join(folder, 'draft'), '--yes');
    expect(applied.err).toContain('pipeline.sql:1:4: @max_retries: must be a whole number');
    await writeFile(join(target, 'pipeline.sql'), 'SELECT 7 AS n\n');
    expect(await rat('validate', join(folder, 'draft'))).toMatchObject({ code: 0 });
    expect((await rat('preview', join(target, 'pipeline.sql'))).out).toBe('n\n7\n');
  });

  test('a preview takes the values, the time and the full refresh of a run, of a file and of a stored pipeline', async () => {
    const target = join(folder, 'given/pipelines/default/gold/given');
    await mkdir(target, { recursive: true });
    const sql = `SELECT {{ param('region') }} AS region, {{ run_logical_date }}::VARCHAR AS day,
      ({{ interval_end }} - {{ interval_start }})::VARCHAR AS length,
      {% if is_incremental() %}'new'{% else %}'all'{% endif %} AS side\n`;
    await writeFile(join(target, 'pipeline.sql'), sql);
    await writeFile(
      join(target, 'config.yaml'),
      'params:\n  region: { type: enum, values: [north, south], default: north }\n',
    );
    expect((await rat('apply', join(folder, 'given'), '--yes')).code).toBe(0);
    expect((await rat('run', 'gold.given', '-q')).code).toBe(0);
    const day = '2026-11-29T00:00:00+01:00/2026-11-30T00:00:00+01:00';
    const given = ['--param', 'region=south', '--interval', day, '--full-refresh'];
    for (const what of [join(target, 'pipeline.sql'), 'gold.given']) {
      const shown = async (...args: string[]): Promise<unknown> =>
        JSON.parse((await rat('preview', what, '--json', ...args)).out);
      const none = { region: 'north', day: null, length: null, side: 'new' };
      expect(await shown()).toEqual(none);
      const all = { region: 'south', day: '2026-11-29', length: '1 day', side: 'all' };
      expect(await shown(...given)).toEqual(all);
      const wrong = await rat('preview', what, '--param', 'region=west');
      expect(wrong).toMatchObject({ code: 2, out: '' });
      expect(wrong.err).toContain('params.region must be one of north, south');
    }
    const half = await rat('preview', 'gold.given', '--interval', '2026-11-29');
    expect(half).toMatchObject({ code: 2, out: '' });
    expect(half.err).toContain('it must be start/end');
  });

  test('a stored pipeline is previewed, and its tests run on its table', async () => {
    expect((await rat('preview', 'gold.good')).out).toBe('n\n1\n');
    await rat('run', 'gold.good', '-q');
    expect(await rat('test', 'gold.good')).toMatchObject({ code: 0 });
  });
});

describe('errors', () => {
  test.each([
    [['show', '01a20ef9-f047-728a-aa9d-e0b47a3918b8'], 4],
    [['run', 'gold.missing'], 4],
    [['run', 'nonsense'], 2],
    [['runs', '--status', 'odd'], 2],
    [['query', 'SELEC'], 2],
    [['unknown'], 2],
  ])('%j exits %s', async (args, code) => {
    const ended = await rat(...args);
    expect(ended).toMatchObject({ code, out: '' });
    expect(ended.err).not.toBe('');
  });

  test('an API that does not listen exits 7 and names the address', async () => {
    const { code, err } = await start(['runs'], { url: 'http://127.0.0.1:1' }).ended;
    expect(code).toBe(7);
    expect(err).toContain('http://127.0.0.1:1');
  });

  test('a token is stored for its address alone, in a file of its user, and used until logout', async () => {
    const seen: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      const { authorization } = request.headers;
      seen.push(authorization);
      response.writeHead(authorization === 'Bearer right' ? 200 : 401, {
        'content-type': 'application/json',
      });
      const session = { sign_in: true, name: 'ana', role: 'viewer', namespaces: null };
      response.end(
        JSON.stringify(authorization === 'Bearer right' ? session : { error: { message: 'no' } }),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      expect((await start(['login'], { url, input: 'wrong\n' }).ended).code).toBe(5);
      expect((await start(['login'], { url, input: 'right\n' }).ended).code).toBe(0);
      const file = join(folder, 'rat/login.json');
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ url, token: 'right' });
      expect((await start(['whoami'], { url }).ended).out).toBe('ana: viewer in all namespaces\n');
      // The same token does not reach another API.
      expect((await rat('whoami')).out).toContain('sign-in is off');
      await start(['logout'], { url }).ended;
      expect((await start(['whoami'], { url }).ended).code).toBe(5);
      expect(seen.at(-1)).toBeUndefined();
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
