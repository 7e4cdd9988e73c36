import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { startFleet, type Fleet } from '@rat/testing';
import { startCli, type Ended } from './start-cli.ts';

jest.setTimeout(120_000);

let fleet: Fleet;
let folder: string;
beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
  folder = await mkdtemp(join(tmpdir(), 'rat-apply-'));
}, 60_000);
afterAll(async () => {
  await fleet.close();
  await rm(folder, { recursive: true, force: true });
});

/** Writes the files of a folder, by their paths below its `pipelines/default`, and applies it. */
async function apply(
  home: string,
  files: Record<string, string>,
  url = fleet.apis[0]?.url ?? '',
): Promise<Ended> {
  for (const [file, content] of Object.entries(files)) {
    const path = join(folder, home, 'pipelines/default', file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  return startCli(['apply', join(folder, home)], { url, folder }).ended;
}

/** Passes requests on to the API, and counts PUTs and the checks that a runner makes. */
async function countChecks() {
  let seen = { checks: 0, puts: 0 };
  const server = createServer((request, response) => {
    const pass = async (): Promise<void> => {
      const { method = 'GET', url: path = '/', headers } = request;
      const body = await text(request);
      if (method === 'PUT') seen.puts += 1;
      if (path.endsWith('/validate') && !body.includes('"files_only":true')) seen.checks += 1;
      const type = headers['content-type'];
      const answer = await fetch(`${fleet.apis[0]?.url}${path}`, {
        method,
        headers: type === undefined ? {} : { 'content-type': type },
        ...(body === '' ? {} : { body }),
      });
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(await answer.text());
    };
    pass().catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take: () => {
      const taken = seen;
      seen = { checks: 0, puts: 0 };
      return taken;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const reading = (name: string): string => `SELECT 1 AS n FROM {{ ref('${name}') }}\n`;

async function stored(): Promise<string[]> {
  const { pipelines } = (await fleet.getJson('/pipelines?limit=200')) as {
    pipelines: { layer: string; name: string }[];
  };
  return pipelines.map(({ layer, name }) => `${layer}.${name}`);
}

test('mistakes in the SQL of several pipelines are all named with their places, and nothing of the folder is stored', async () => {
  const files = {
    'bronze/right/pipeline.sql': 'SELECT 1 AS n\n',
    'gold/comma/pipeline.sql': 'SELECT 1 AS n,,\n',
    'gold/word/pipeline.sql': '-- a report\nSELECT 1 AS n\nFORM (SELECT 2) GROUP BYY n\n',
    'gold/tested/pipeline.sql': 'SELECT 1 AS n\n',
    'gold/tested/tests/quality/two.sql': 'SELECT 1;\nSELECT 2\n',
  };
  const { code, out, err } = await apply('wrong', files);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err.trimEnd().split('\n')).toEqual([
    expect.stringContaining('nothing was stored, because the folder has mistakes:'),
    expect.stringMatching(/^ {2}default\.gold\.comma: pipeline\.sql:1:\d+: /),
    expect.stringMatching(/^ {2}default\.gold\.tested: tests\/quality\/two\.sql:\d+:\d+: /),
    expect.stringMatching(/^ {2}default\.gold\.word: pipeline\.sql:3:\d+: /),
  ]);
  expect(await stored()).toEqual([]);
  // A dry run names the same mistakes, after what would change.
  const url = fleet.apis[0]?.url ?? '';
  const planned = await startCli(['apply', join(folder, 'wrong'), '--dry-run'], { url, folder })
    .ended;
  expect(planned).toMatchObject({ code, err });
  expect(planned.out).toContain('new default.gold.comma');
});

test('pipelines that read each other in a cycle are refused before the first is stored, each at its ref', async () => {
  const { code, err } = await apply('cycle', {
    'bronze/start/pipeline.sql': 'SELECT 1 AS n\n',
    'silver/x/pipeline.sql': reading('silver.z'),
    'silver/y/pipeline.sql': reading('silver.x'),
    'silver/z/pipeline.sql': `\n${reading('silver.y')}`,
  });
  expect(code).toBe(2);
  expect(err.trimEnd().split('\n').slice(1)).toEqual([
    expect.stringMatching(/^ {2}default\.silver\.x: pipeline\.sql:1:\d+: the refs make a cycle: /),
    expect.stringMatching(/^ {2}default\.silver\.y: pipeline\.sql:1:\d+: the refs make a cycle: /),
    expect.stringContaining(
      'default.silver.z → default.silver.y → default.silver.x → default.silver.z',
    ),
  ]);
  expect(err).toContain('default.silver.z: pipeline.sql:2:');
  expect(await stored()).toEqual([]);
});

test('triggers that would run each other in a cycle are refused before the first pipeline is stored', async () => {
  const after = (name: string): string =>
    `triggers:\n  after: { kind: upstream, config: { pipelines: [${name}] } }\n`;
  const { code, err } = await apply('triggered', {
    'gold/one/pipeline.sql': 'SELECT 1 AS n\n',
    'gold/one/automation.yaml': after('gold.other'),
    'gold/other/pipeline.sql': 'SELECT 1 AS n\n',
    'gold/other/automation.yaml': after('gold.one'),
  });
  expect(code).toBe(2);
  expect(err).toContain('default.gold.one: automation.yaml:2:');
  expect(err).toContain('default.gold.other: automation.yaml:2:');
  expect(await stored()).toEqual([]);
});

test('a cycle of triggers through a pipeline that the folder does not have is refused before the first is stored', async () => {
  const outside = { namespace: 'default', layer: 'gold', name: 'outside' } as const;
  const { pipelines, triggers } = fleet.client();
  await pipelines.put(outside, { sql: 'SELECT 1 AS n' });
  await pipelines.put({ ...outside, name: 'inside' }, { sql: 'SELECT 1 AS n' });
  const after = { kind: 'upstream' as const, config: { pipelines: ['gold.inside'] } };
  await triggers.putOf({ ...outside, trigger: 'after' }, after);
  const { code, out, err } = await apply('around', {
    'bronze/first/pipeline.sql': 'SELECT 1 AS n\n',
    'gold/inside/pipeline.sql': 'SELECT 1 AS n\n',
    'gold/inside/automation.yaml':
      'triggers:\n  back: { kind: upstream, config: { pipelines: [gold.outside] } }\n',
  });
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err).toContain('default.gold.inside: automation.yaml:2:');
  expect(err).toContain('default.gold.inside → default.gold.outside → default.gold.inside');
  for (const name of ['outside', 'inside']) await pipelines.delete({ ...outside, name });
});

test('a ref to a pipeline of the folder that is not stored yet, and a column that a table lacks today, refuse nothing', async () => {
  const { code, out, err } = await apply('mine', {
    'gold/report/pipeline.sql': reading('silver.orders'),
    'silver/orders/pipeline.sql': 'SELECT 1 AS n\n',
  });
  expect({ code, err }).toMatchObject({ code: 0 });
  // What is read is stored first.
  expect(out).toBe('created default.silver.orders\ncreated default.gold.report\n');
  await fleet.spy.waitFor(await fleet.createRun('default/silver/orders'), 'success');
  const later = await apply('mine', {
    'gold/report/pipeline.sql': `SELECT m FROM {{ ref('silver.orders') }}\n`,
    'silver/orders/pipeline.sql': 'SELECT 1 AS n, 2 AS m\n',
  });
  expect(later).toMatchObject({ code: 0 });
  expect(later.err).toContain('  warning, sql:1: ');
});

test('a ref that changes its direction is no cycle, because both pipelines are stored', async () => {
  await apply('turned', {
    'gold/left/pipeline.sql': reading('gold.right'),
    'gold/right/pipeline.sql': 'SELECT 1 AS n\n',
  });
  const { code, out } = await apply('turned', {
    'gold/left/pipeline.sql': 'SELECT 1 AS n\n',
    'gold/right/pipeline.sql': reading('gold.left'),
  });
  expect({ code, out }).toEqual({
    code: 0,
    out: 'updated default.gold.left\nupdated default.gold.right\n',
  });
});

test('the SQL of what has changed is checked before the first PUT, and that of the others is not', async () => {
  const counted = await countChecks();
  try {
    const names = Array.from({ length: 20 }, (_, n) => `p${n}`);
    const files = Object.fromEntries(
      names.map((name, n) => [
        `silver/${name}/pipeline.sql`,
        n < 5 ? 'SELECT 1 AS n\n' : reading(`silver.${names[n - 5]}`),
      ]),
    );
    expect(await apply('many', files, counted.url)).toMatchObject({ code: 0 });
    expect(counted.take()).toMatchObject({ checks: 20, puts: 20 });
    const wrong = { 'silver/p19/pipeline.sql': 'SELEC 1\n' };
    expect(await apply('many', wrong, counted.url)).toMatchObject({ code: 2, out: '' });
    expect(counted.take()).toMatchObject({ checks: 1, puts: 0 });
  } finally {
    counted.close();
  }
});
