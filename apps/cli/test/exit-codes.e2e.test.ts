import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { startFleet, type Fleet } from '@rat/testing';
import { startCli, type Ended } from './start-cli.ts';

const ENDLESS = `SELECT count(*) AS n FROM range(10000000) a, range(10000000) b WHERE hash(a.range, b.range) % 7 = 3`;
const ADMIN_TOKEN = 'the-token-of-the-environment-0123456789';
const NOBODY = 'http://127.0.0.1:9';

jest.setTimeout(90_000);

let open: Fleet;
/** An installation with sign-in. */
let closed: Fleet;
let folder: string;

beforeAll(async () => {
  const env = { RAT_ADMIN_TOKEN: ADMIN_TOKEN };
  [open, closed] = await Promise.all([
    startFleet({ backend: 'postgres', apis: 1, runners: 1 }),
    startFleet({ backend: 'postgres', apis: 1, runners: 0, env }),
  ]);
  folder = await mkdtemp(join(tmpdir(), 'rat-exit-'));
  const target = join(folder, 'project/pipelines/default/gold/differs');
  await mkdir(target, { recursive: true });
  await writeFile(join(target, 'pipeline.sql'), 'SELECT 1 AS n\n');
  await open.putPipeline('default/gold/good', { sql: 'SELECT 1 AS n' });
  await open.putPipeline('default/gold/bad', {
    sql: 'SELECT missing_column',
    config: { max_retries: 0 },
  });
  await open.putPipeline('default/gold/endless', { sql: ENDLESS });
}, 60_000);
afterAll(async () => {
  await open.close();
  await closed.close();
  await rm(folder, { recursive: true, force: true });
});

const urlOf = (fleet: Fleet): string => fleet.apis[0]?.url ?? '';

function rat(line: string, more: Record<string, string> = {}): Promise<Ended> {
  return startCli(line.replace('PROJECT', join(folder, 'project')).split(' '), {
    url: urlOf(open),
    folder,
    more,
  }).ended;
}

describe('what a script reads from the end of a command', () => {
  test.each([
    [0, 'run gold.good'],
    [0, 'logs -f last:gold.good'],
    [1, 'run gold.bad'],
    [1, 'logs -f last:gold.bad'],
    [2, 'run nonsense'],
    [2, 'run gold.good --priority high'],
    [2, 'runs --status odd'],
    [2, 'runs --filter odd=1'],
    [2, 'query SELEC'],
    [2, 'query -f no-such-file.sql'],
    [2, 'upload no-such-file.csv default/orders'],
    [2, 'upload package.json a/b/c'],
    [2, 'diff no-such-folder'],
    [2, 'validate no-such-folder'],
    [2, 'runs --url nonsense'],
    [2, 'api POST /api/v1/runs'],
    [2, 'unknown'],
    [4, 'run gold.missing'],
    [4, 'logs last:gold.missing'],
    [4, 'show 01a20ef9-f047-728a-aa9d-e0b47a3918b8'],
    [4, 'tables gold.missing'],
    [4, 'api GET /api/v1/runs/01a20ef9-f047-728a-aa9d-e0b47a3918b8'],
    [6, 'cancel last:gold.good'],
    [6, 'rerun --filter status=failed'],
    [6, 'revert last:gold.bad --yes'],
    [10, 'diff PROJECT'],
    [10, 'apply PROJECT --dry-run'],
  ])('%i: rat %s', async (code, line) => {
    const ended = await rat(line);
    expect({ ...ended, code: ended.code }).toMatchObject({ code });
    // Each failure says what is wrong.
    if (code !== 0 && code !== 10) expect(ended.err + ended.out).toMatch(/error|✕/);
    expect(ended.err).not.toMatch(/^ +at /m);
  });

  test('3: the run was cancelled; 124: the time has passed; 130: the command was ended', async () => {
    expect(await rat('run gold.endless --timeout 1')).toMatchObject({ code: 124 });
    const id = (await rat('show last:gold.endless --quiet')).out.trim();
    await open.spy.waitFor(id, 'running');
    const following = startCli(['logs', '-f', id], { url: urlOf(open), folder });
    expect(await rat(`logs -f ${id} --timeout 1`)).toMatchObject({ code: 124 });
    following.kill('SIGTERM');
    expect(await following.ended).toMatchObject({
      code: 130,
      err: expect.stringContaining(`rat logs -f ${id}`),
    });
    expect((await open.spy.find(id))?.status).toBe('running');
    expect(await rat(`cancel ${id}`)).toMatchObject({ code: 0 });
    expect(await rat(`logs -f ${id}`)).toMatchObject({ code: 3 });
  });

  test('5: not allowed, for no token, a wrong one and one of too low a role', async () => {
    const RAT_API_URL = urlOf(closed);
    const noToken = await rat('runs', { RAT_API_URL });
    expect(noToken).toMatchObject({ code: 5, out: '' });
    expect(noToken.err).toContain('rat login');
    expect(await rat('runs', { RAT_API_URL, RAT_TOKEN: 'wrong' })).toMatchObject({ code: 5 });
    expect(await rat('api /api/v1/runs', { RAT_API_URL })).toMatchObject({ code: 5 });
    const asAdmin = { RAT_API_URL, RAT_TOKEN: ADMIN_TOKEN };
    const { out: token } = await rat('tokens create reader --role viewer', asAdmin);
    const asViewer = { RAT_API_URL, RAT_TOKEN: token.trim() };
    expect(await rat('runs', asViewer)).toMatchObject({ code: 0 });
    expect(await rat('tokens create other --role viewer', asViewer)).toMatchObject({ code: 5 });
  });

  test.each([
    'runs',
    'run gold.good',
    'logs last',
    'whoami',
    'doctor',
    'status',
    'api /api/v1/runs',
    'upload package.json default/orders',
  ])('7: rat %s, when nothing listens, names the address', async (line) => {
    const { code, out, err } = await rat(line, { RAT_API_URL: NOBODY });
    expect({ code, out }).toEqual({ code: 7, out: '' });
    expect(err).toContain(NOBODY);
  });
});

describe('several runs', () => {
  test('a run that refuses does not keep the others from it, and is named', async () => {
    const ended = (await rat('run gold.good -q')).out.trim();
    const waiting = (await rat('run gold.endless --detach')).out.trim();
    const { code, out, err } = await rat(`cancel ${ended} ${waiting}`);
    expect({ code, out }).toEqual({ code: 6, out: `cancelled ${waiting}\n` });
    expect(err).toContain(ended);
  });

  test('reproduce takes several runs, or a filter with consent', async () => {
    const first = (await rat('run gold.good -q')).out.trim();
    const second = (await rat('run gold.good -q')).out.trim();
    const both = await rat(`reproduce ${first} ${second}`);
    expect(both.out).toMatch(
      new RegExp(`^run \\S+ reproduces ${first}\nrun \\S+ reproduces ${second}\n$`),
    );
    const filter = 'reproduce --filter pipeline=good --filter status=success';
    expect(await rat(filter)).toMatchObject({ code: 6, out: '' });
    expect(await rat(`${filter} --yes`)).toMatchObject({
      code: 0,
      out: expect.stringContaining(first),
    });
  });
});

describe('the run that a person names', () => {
  test('by its id, its first digits, a link, last, or the name of its pipeline', async () => {
    const id = (await rat('run gold.good -q')).out.trim();
    const link = `${urlOf(open)}/console/runs/${id}#L41`;
    for (const name of [id, id.slice(0, 13), link, 'last', 'last:gold.good', 'gold.good'])
      expect(await rat(`show ${name} -q`)).toMatchObject({ out: `${id}\n` });
  });

  test('last is a run of a pipeline, also after a run of its tests', async () => {
    const id = (await rat('run gold.good -q')).out.trim();
    expect(await rat('test gold.good')).toMatchObject({ code: 0 });
    expect((await rat('show last -q')).out).toBe(`${id}\n`);
  });
});
