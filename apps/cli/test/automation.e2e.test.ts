import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { startFleet, type Fleet } from '@rat/testing';
import { startCli, type Ended } from './start-cli.ts';

jest.setTimeout(90_000);

let fleet: Fleet;
let folder: string;

beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
  folder = await mkdtemp(join(tmpdir(), 'rat-cli-'));
  await fleet.putPipeline('default/bronze/source', { sql: 'SELECT 1 AS n' });
  await fleet.putPipeline('default/silver/middle', {
    sql: "SELECT n FROM {{ ref('bronze.source') }}",
  });
  await fleet.putPipeline('default/gold/end', { sql: "SELECT n FROM {{ ref('silver.middle') }}" });
}, 60_000);
afterAll(async () => {
  await fleet.close();
  await rm(folder, { recursive: true, force: true });
});

function rat(...args: string[]): Promise<Ended> {
  return startCli(args, { url: fleet.apis[0]?.url ?? '', folder }).ended;
}

describe('a run with what it reads from, and what reads from it', () => {
  test('a dry run prints the order, and starts nothing', async () => {
    const { code, out } = await rat(
      'run',
      'silver.middle',
      '--upstream',
      '--downstream',
      '--dry-run',
    );
    expect(code).toBe(0);
    expect(
      out
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split(/ +/)),
    ).toEqual([
      ['default.bronze.source'],
      ['default.silver.middle', 'default.bronze.source'],
      ['default.gold.end', 'default.silver.middle'],
    ]);
    expect(await fleet.getJson('/runs')).toMatchObject({ total: 0 });
    expect(await rat('run', 'silver.middle', '--dry-run')).toMatchObject({ code: 2, out: '' });
  });

  test('each run is printed as it ends, and the command exits 0', async () => {
    const { code, err } = await rat('run', 'silver.middle', '--upstream', '--downstream');
    expect({ code, err }).toMatchObject({ code: 0 });
    const ends = [...err.matchAll(/✓ success (\S+)/g)].map(([, address]) => address);
    expect(ends).toEqual(['default.bronze.source', 'default.silver.middle', 'default.gold.end']);
  });

  test('a failure is shown, what needs it gets no run, and the command exits 1', async () => {
    await fleet.putPipeline('default/bronze/source', { sql: "SELECT error('broken source') AS n" });
    const { code, err } = await rat('run', 'gold.end', '--upstream', 'all');
    expect(code).toBe(1);
    expect(err).toContain('broken source');
    expect(err).toContain('default.gold.end gets no run');
  });
});

describe('triggers', () => {
  test('a trigger is listed, paused, resumed and run, and its firings are listed', async () => {
    await fleet.putPipeline('default/gold/watcher', { sql: 'SELECT 1 AS n' });
    await fleet
      .client()
      .triggers.putOf(
        { namespace: 'default', layer: 'gold', name: 'watcher', trigger: 'after' },
        { kind: 'upstream', config: { pipelines: ['bronze.source'] } },
      );
    const { out } = await rat('triggers', 'list', 'gold.watcher');
    expect(out).toMatch(
      /^default\.gold\.watcher:after +upstream +pipeline:default\.bronze\.source +(waits for a change|decides at .*)$/m,
    );
    expect(await rat('triggers', 'pause', 'gold.watcher', '--reason', 'a move')).toMatchObject({
      code: 0,
      out: 'paused default.gold.watcher:after\n',
    });
    expect((await rat('why-not', 'gold.watcher')).out).toContain('paused');
    expect(await rat('triggers', 'resume', 'gold.watcher:after')).toMatchObject({ code: 0 });
    expect(await rat('triggers', 'run', 'gold.watcher')).toMatchObject({ code: 0 });
    expect((await rat('triggers', 'firings', 'gold.watcher')).out).toContain('run: success');
    expect(await rat('triggers', 'run', 'gold.end')).toMatchObject({ code: 4, out: '' });
  });
});

test('open prints the address of the console for a pipeline and a run', async () => {
  const url = fleet.apis[0]?.url ?? '';
  expect((await rat('open')).out).toBe(`${url}/console/\n`);
  expect((await rat('open', 'gold.end')).out).toBe(`${url}/console/p/default/gold/end\n`);
  const id = await fleet.createRun('default/gold/watcher');
  expect((await rat('open', id.slice(0, 13))).out).toBe(`${url}/console/runs/${id}\n`);
});
