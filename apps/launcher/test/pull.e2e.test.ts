import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startFleet, startNode, type Fleet } from '@rat/testing';

const EXAMPLE = fileURLToPath(new URL('../../../examples/flights', import.meta.url));

let fleet: Fleet;
let folder: string;

beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 0 });
}, 60_000);
afterAll(() => fleet.close());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rat-pull-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function run(program: string, ...options: string[]): Promise<{ code: number; out: string }> {
  const args = [...options, '--url', fleet.apis[0]?.url ?? ''];
  const started = startNode(`apps/launcher/dist/${program}.js`, {}, args);
  const { code } = await started.exited;
  return { code: code ?? -1, out: started.output() };
}

async function pull(...options: string[]): Promise<string> {
  const { code, out } = await run('pull', folder, ...options);
  expect([code, out]).toEqual([0, expect.any(String)]);
  return out;
}

async function apply(from = folder): Promise<string[]> {
  const { code, out } = await run('apply', from);
  expect([code, out]).toEqual([0, expect.any(String)]);
  return out.split('\n').filter((line) => line !== '' && !line.startsWith('  warning'));
}

/** Every file of a folder by its path, without the record of the pulls. */
async function filesOf(root: string): Promise<Record<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.'));
  const read = files.map(async ({ parentPath, name }) => {
    const path = join(parentPath, name);
    return [path.slice(root.length + 1), await readFile(path, 'utf8')] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

async function send(method: string, path: string, body?: unknown): Promise<void> {
  const response = await fetch(`${fleet.apis[0]?.url}/api/v1${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  if (!response.ok)
    throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
}

const putNew = async (namespace: string, name: string, body: object): Promise<void> => {
  await send('POST', '/namespaces', { name: namespace }).catch(() => undefined);
  await send('PUT', `/pipelines/${namespace}/gold/${name}`, body);
};

describe('apply, then pull', () => {
  test('a folder with comments, blank lines and any order of keys is pulled byte by byte', async () => {
    await write(
      'pipelines/round/gold/trip/pipeline.sql',
      '-- @max_retries: 2\r\n-- the rest is plain\r\nSELECT 1 AS n\r\n',
    );
    await write(
      'pipelines/round/gold/trip/config.yaml',
      '# Who: sales\n\nmerge_strategy: append_only   # never rewritten\ndescription: "Round trip"\n',
    );
    await write(
      'pipelines/round/gold/trip/tests/quality/few.sql',
      '-- @severity: warning\n-- @tags: b, a\nSELECT 1 AS n WHERE false\n',
    );
    await write(
      'pipelines/round/gold/trip/automation.yaml',
      '# Every night\nschedules:\n  nightly: { cron: "30 2 * * *" } # UTC\n',
    );
    await write('pipelines/round/silver/plain/pipeline.sql', 'SELECT 2 AS n');
    const before = await filesOf(folder);
    await apply();
    await pull('--namespace', 'round');
    expect(await filesOf(folder)).toEqual(before);
    await rm(join(folder, 'pipelines'), { recursive: true });
    await pull('--namespace', 'round');
    expect(await filesOf(folder)).toEqual(before);
    expect(await apply()).toEqual(['unchanged round.gold.trip', 'unchanged round.silver.plain']);
    const listed = (): Promise<unknown> => fleet.getJson('/schedules?namespace=round');
    expect(await listed()).toMatchObject({ schedules: [{ name: 'nightly', managed_by: 'files' }] });
    await rm(join(folder, 'pipelines/round/gold/trip/automation.yaml'));
    expect(await apply()).toEqual(['unchanged round.gold.trip', 'unchanged round.silver.plain']);
    expect(await listed()).toMatchObject({ schedules: [] });
  }, 60_000);

  test('the example is pulled byte by byte', async () => {
    await apply(EXAMPLE);
    await pull('--namespace', 'default');
    const files = Object.entries(await filesOf(EXAMPLE));
    const applied = files.filter(([path]) => /^pipelines\/.*\.(?:sql|yaml)$/.test(path));
    expect(applied.length).toBeGreaterThan(10);
    expect(await filesOf(folder)).toEqual(Object.fromEntries(applied));
  }, 60_000);

  test('a changed comment is a change', async () => {
    await write('pipelines/round/gold/comment/pipeline.sql', 'SELECT 1 AS n');
    await write('pipelines/round/gold/comment/config.yaml', 'max_retries: 1 # once\n');
    await apply();
    await write('pipelines/round/gold/comment/config.yaml', 'max_retries: 1 # twice\n');
    expect(await apply()).toEqual(['put round.gold.comment']);
    expect(await apply()).toEqual(['unchanged round.gold.comment']);
  }, 60_000);
});

describe('pull, then apply', () => {
  test('pipelines that were made over the API are unchanged, with all kinds of settings', async () => {
    await putNew('made', 'all', {
      sql: '-- @max_retries: 2\nSELECT 1 AS n',
      config: {
        timeout_seconds: 60,
        description: 'Line one\nline two: "quoted" # no comment',
        concurrency: { on_conflict: 'skip', limit: 2 },
        tests: [
          { accepted_values: { column: 'n', values: [1, '1.10', true, 'True', 'no', ''] } },
          { row_count: { min: 1 }, name: 'some', tags: [] },
        ],
      },
      quality_tests: [
        { name: 'few', sql: 'SELECT 1 WHERE false', severity: 'warn', tags: ['b', 'a'] },
        {
          name: 'long',
          sql: '-- @description: short\nSELECT 1 WHERE false',
          remediation: 'First this,\nthen that.',
        },
        { name: 'plain', sql: 'SELECT 1 WHERE false' },
      ],
    });
    await putNew('made', 'bare', { sql: 'SELECT 1 AS n' });
    await pull('--namespace', 'made');
    const files = await filesOf(folder);
    expect(Object.keys(files)).toEqual(
      expect.arrayContaining([
        'pipelines/made/gold/all/config.yaml',
        'pipelines/made/gold/all/tests/quality.yaml',
        'pipelines/made/gold/bare/pipeline.sql',
      ]),
    );
    expect(files['pipelines/made/gold/all/tests/quality.yaml']).toBe(
      'few:\n  severity: warn\n  tags:\n    - b\n    - a\nlong:\n  remediation: |-\n    First this,\n    then that.\n',
    );
    expect(files['pipelines/made/gold/all/config.yaml']).not.toContain('max_retries');
    expect(await apply()).toEqual(['unchanged made.gold.all', 'unchanged made.gold.bare']);
    expect(await pull('--namespace', 'made')).toBe('2 pipelines, 7 files');
    expect(await filesOf(folder)).toEqual(files);
  }, 60_000);

  test('the record of a pull is the same for the same files', async () => {
    await putNew('record', 'one', { sql: 'SELECT 1 AS n' });
    await pull('--namespace', 'record');
    const record = await readFile(join(folder, '.rat-pull.json'), 'utf8');
    await pull('--namespace', 'record');
    expect(await readFile(join(folder, '.rat-pull.json'), 'utf8')).toBe(record);
    expect(record).toMatch(
      /^\{\n {2}"files": \{\n {4}"pipelines\/record\/gold\/one\/pipeline.sql": "[0-9a-f]{64}"\n/,
    );
  }, 60_000);
});

describe('changes in the folder', () => {
  test('a changed file keeps the whole pull from writing, and --force overwrites it', async () => {
    await putNew('force', 'a', { sql: 'SELECT 1 AS n' });
    await putNew('force', 'b', { sql: 'SELECT 1 AS n' });
    await pull('--namespace', 'force');
    await write('pipelines/force/gold/a/pipeline.sql', 'SELECT 1 AS mine');
    await putNew('force', 'b', { sql: 'SELECT 2 AS n' });
    const refused = await run('pull', folder, '--namespace', 'force');
    expect(refused.code).toBe(1);
    expect(refused.out).toContain('\n  pipelines/force/gold/a/pipeline.sql\n');
    expect(refused.out).not.toContain('gold/b');
    expect(await filesOf(folder)).toEqual({
      'pipelines/force/gold/a/pipeline.sql': 'SELECT 1 AS mine',
      'pipelines/force/gold/b/pipeline.sql': 'SELECT 1 AS n',
    });
    await pull('--namespace', 'force', '--force');
    expect(await filesOf(folder)).toEqual({
      'pipelines/force/gold/a/pipeline.sql': 'SELECT 1 AS n',
      'pipelines/force/gold/b/pipeline.sql': 'SELECT 2 AS n',
    });
  }, 60_000);

  test('files that a pull wrote go with their pipeline; all others stay, in every namespace', async () => {
    await putNew('gone', 'a', {
      sql: 'SELECT 1 AS n',
      quality_tests: [{ name: 'few', sql: 'SELECT 1 WHERE false' }],
    });
    await putNew('gone', 'b', { sql: 'SELECT 1 AS n' });
    await putNew('other', 'c', { sql: 'SELECT 1 AS n' });
    await pull();
    await write('pipelines/gone/gold/new/pipeline.sql', 'SELECT 1 AS draft');
    await write('pipelines/gone/gold/b/pipeline.sql', 'SELECT 1 AS mine');
    await send('DELETE', '/pipelines/gone/gold/a');
    await send('DELETE', '/pipelines/gone/gold/b');
    await send('DELETE', '/pipelines/other/gold/c');
    const refused = await run('pull', folder, '--namespace', 'gone');
    expect(refused.out).toContain('gold/b/pipeline.sql (its pipeline no longer has it)');
    const said = await pull('--namespace', 'gone', '--force');
    expect(said).toContain('kept pipelines/gone/gold/b/pipeline.sql');
    const left = Object.keys(await filesOf(folder)).filter((path) => /\/(gone|other)\//.test(path));
    expect(left.toSorted()).toEqual([
      'pipelines/gone/gold/b/pipeline.sql',
      'pipelines/gone/gold/new/pipeline.sql',
      'pipelines/other/gold/c/pipeline.sql',
    ]);
    expect(await readdir(join(folder, 'pipelines/gone/gold'))).toEqual(['b', 'new']);
  }, 60_000);

  test('a record that leads out of the folder removes nothing', async () => {
    const outside = `${folder}-outside.sql`;
    await writeFile(outside, 'mine');
    const hash = '';
    const files = { [`../${outside.split('/').at(-1)}`]: hash, 'pipelines/a/b/../../c': hash };
    await writeFile(join(folder, '.rat-pull.json'), JSON.stringify({ files }));
    await putNew('record', 'one', { sql: 'SELECT 1 AS n' });
    await pull('--namespace', 'record');
    expect(await readFile(outside, 'utf8')).toBe('mine');
    await rm(outside);
  }, 60_000);
});

test('a pipeline that was never published is left out and named', async () => {
  await send('POST', '/namespaces', { name: 'drafts' });
  await send('POST', '/pipelines', { namespace: 'drafts', layer: 'gold', name: 'x', type: 'sql' });
  expect(await pull('--namespace', 'drafts')).toBe(
    'left out drafts.gold.x: it was never published\n0 pipelines, 0 files',
  );
}, 60_000);
