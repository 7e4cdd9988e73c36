import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { startFleet, type Fleet } from '@rat/testing';
import { startCli } from './start-cli.ts';

jest.setTimeout(90_000);

const PEOPLE = `SELECT * FROM (VALUES (1, 'Ada'), (2, 'Bob')) AS t(id, name)`;
const CHANGED = `SELECT * FROM (VALUES (2, 'Bobby'), (3, NULL)) AS t(id, name)`;

let fleet: Fleet;
let folder: string;
let pipeline: string;

beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
  folder = await mkdtemp(join(tmpdir(), 'rat-preview-'));
  pipeline = join(folder, 'pipelines/default/gold/people');
  await mkdir(pipeline, { recursive: true });
  const keyed = { merge_strategy: 'incremental', unique_key: 'id' };
  await fleet.putPipeline('default/gold/people', { sql: PEOPLE, config: keyed });
  await fleet.spy.waitFor(await fleet.createRun('default/gold/people'), 'success');
  await writeFile(join(pipeline, 'pipeline.sql'), CHANGED);
}, 60_000);
afterAll(async () => {
  await fleet.close();
  await rm(folder, { recursive: true, force: true });
});

const rat = (...args: string[]) => startCli(args, { url: fleet.apis[0]?.url ?? '', folder }).ended;

const settings = (yaml: string): Promise<void> => writeFile(join(pipeline, 'config.yaml'), yaml);

test('preview --compare shows what the table would gain and change by its key, beside the rows', async () => {
  await settings('merge_strategy: incremental\nunique_key: id\n');
  const { code, out, err } = await rat('preview', pipeline, '--compare');
  expect([code, out.split('\n')[0]]).toEqual([0, expect.stringMatching(/^id\s+name/)]);
  expect(err.trim().split('\n')).toEqual([
    'incremental: 1 row gained, 0 rows lost, 1 row changed, compared by id',
    '+ id=3 name=NULL',
    '- id=2 name=Bob',
    '+ id=2 name=Bobby',
  ]);
});

test('preview --compare of a pipeline without a key compares whole rows, and names the columns that the table gets', async () => {
  await settings('merge_strategy: full_refresh\n');
  await writeFile(join(pipeline, 'pipeline.sql'), 'SELECT 1 AS id, true AS active');
  const { err } = await rat('preview', pipeline, '--compare');
  expect(err.trim().split('\n')).toEqual([
    'full_refresh: 1 row gained, 2 rows lost, compared by whole rows',
    '+ column active',
    '+ id=1 name=NULL',
    '- id=1 name=Ada',
    '- id=2 name=Bob',
  ]);
});

test('preview --explain shows where the query spends its time', async () => {
  const { code, err } = await rat('preview', pipeline, '--explain');
  expect([code, err]).toEqual([0, expect.stringMatching(/^Profile: .* ms in all/)]);
});

test.each(['--compare', '--explain', '--test'])(
  'preview %s of a stored pipeline is refused, because nothing would be shown of it',
  async (option) => {
    const { code, out, err } = await rat('preview', 'gold.people', option);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(`${option} needs a file`);
  },
);
