import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { triggerList } from '@rat/contracts';
import { startFleet, type Fleet } from '@rat/testing';
import { startCli, type Ended } from './start-cli.ts';

jest.setTimeout(90_000);

let fleet: Fleet;
let folder: string;
beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 0 });
  folder = await mkdtemp(join(tmpdir(), 'rat-cli-'));
}, 60_000);
afterAll(async () => {
  await fleet.close();
  await rm(folder, { recursive: true, force: true });
});

function rat(...args: string[]): Promise<Ended> {
  return startCli(args, { url: fleet.apis[0]?.url ?? '', folder }).ended;
}

const pathOf = (home: string, file: string): string =>
  join(folder, home, 'pipelines/default', file);

async function write(file: string, text: string, home = 'mine'): Promise<void> {
  const path = pathOf(home, file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

const GOLD = `triggers:
  after-silver: # the name of gold comes before that of silver
    kind: upstream
    config: { pipelines: [silver.orders] }
  hook: { kind: webhook }
`;

async function triggers(): Promise<string[]> {
  const { triggers: found } = triggerList.parse(await fleet.getJson('/triggers'));
  return found.map((one) => `${one.pipeline}:${one.name}`);
}

test('a folder’s triggers are shown by a dry run, stored by apply in the order that they need, and written by pull', async () => {
  await write('gold/report/pipeline.sql', 'SELECT 1 AS n');
  await write('gold/report/automation.yaml', GOLD);
  await write('silver/orders/pipeline.sql', 'SELECT 1 AS n');
  const mine = join(folder, 'mine');
  const planned = await rat('apply', mine, '--dry-run');
  expect(planned.code).not.toBe(0);
  expect(planned.out).toContain('+    config: { pipelines: [silver.orders] }');
  expect(await fleet.getJson('/triggers')).toMatchObject({ total: 0 });

  const applied = await rat('apply', mine);
  expect(applied).toMatchObject({ code: 0 });
  expect(applied.out.split('\n').slice(0, 2)).toEqual([
    'created default.silver.orders',
    'created default.gold.report',
  ]);
  expect(applied.err).toContain('webhook hook refuses every delivery until it has a secret');
  expect(await triggers()).toEqual(['report:after-silver', 'report:hook']);
  expect(await rat('diff', mine)).toMatchObject({ code: 0, out: '' });

  expect(await rat('pull', join(folder, 'yours'))).toMatchObject({ code: 0 });
  expect(await readFile(pathOf('yours', 'gold/report/automation.yaml'), 'utf8')).toBe(GOLD);

  await write('gold/report/automation.yaml', GOLD.replace(/ {2}hook.*\n/, ''));
  expect((await rat('diff', mine)).out).toContain('-  hook: { kind: webhook }');
  expect(await rat('apply', mine)).toMatchObject({ code: 0 });
  expect(await triggers()).toEqual(['report:after-silver']);
});

test('apply finds every mistake in automation.yaml with its place, and then stores nothing of the folder', async () => {
  const put = (file: string, text: string) => write(file, text, 'wrong');
  await put('bronze/raw/pipeline.sql', 'SELECT 1 AS n');
  await put('gold/late/pipeline.sql', 'SELECT 1 AS n');
  await put('gold/late/automation.yaml', 'schedules:\n  nightly:\n    cron: "61 * * * *"\n');
  const watching = (name: string) =>
    `triggers:\n  after:\n    kind: upstream\n    config:\n      pipelines: [bronze.${name}]\n`;
  await put('gold/known/pipeline.sql', 'SELECT 1 AS n');
  await put('gold/known/automation.yaml', watching('raw'));
  await put('gold/typo/pipeline.sql', 'SELECT 1 AS n');
  await put('gold/typo/automation.yaml', watching('row'));
  const wrong = join(folder, 'wrong');
  const applied = await rat('apply', wrong);
  expect(applied).toMatchObject({ code: 2, out: '' });
  expect(applied.err.trimEnd().split('\n')).toEqual([
    expect.stringContaining('nothing was stored, because the folder has mistakes:'),
    expect.stringMatching(
      /^ {2}default\.gold\.late: automation\.yaml:3:5: schedules\.nightly\.cron: .*minute 61/,
    ),
    '  default.gold.typo: automation.yaml:5:7: triggers.after.config.pipelines.0: pipeline default.bronze.row not found',
  ]);
  const stored = await fleet.getJson('/pipelines?q=bronze.raw');
  expect(stored).toMatchObject({ total: 0 });
  await put('gold/late/automation.yaml', 'schedules:\n  nightly:\n    cron: "1 * * * *"\n');
  await put('gold/typo/automation.yaml', watching('raw'));
  expect(await rat('apply', wrong)).toMatchObject({ code: 0 });
});
