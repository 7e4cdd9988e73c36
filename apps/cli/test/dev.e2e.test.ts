import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { eventually, startFleet, type Fleet } from '@rat/testing';
import { onLinux, startCli, startInTerminal } from './start-cli.ts';

jest.setTimeout(90_000);

let fleet: Fleet;
let folder: string;
let place: { url: string; folder: string };

beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
  folder = await mkdtemp(join(tmpdir(), 'rat-dev-'));
  place = { url: fleet.apis[0]?.url ?? '', folder };
  await save('first', 'SELECT 1 AS n\n');
  await save('second', 'SELECT 2 AS n\n');
}, 60_000);
afterAll(async () => {
  await fleet.close();
  await rm(folder, { recursive: true, force: true });
});

/** Writes another file and renames it, as editors do. */
async function save(name: string, sql: string): Promise<void> {
  const target = join(folder, 'pipelines/default/gold', name);
  await mkdir(target, { recursive: true });
  await writeFile(join(folder, 'saved.sql'), sql);
  await rename(join(folder, 'saved.sql'), join(target, 'pipeline.sql'));
}

test('dev names the mistake in a file that is saved, and shows the rows once it is right', async () => {
  const command = startCli(['dev', folder], place);
  const shows = (text: string): Promise<unknown> =>
    eventually(
      `dev prints ${text}`,
      () => {
        if (!command.out().includes(text)) throw new Error(command.out() + command.err());
        return true;
      },
      30_000,
    );
  await shows('✓ default.gold.second');
  await save('second', 'SELECT 2 AS n,,\n');
  await shows('✕ default.gold.second\n  error  pipeline.sql:1:');
  await save('second', 'SELECT 21 + 21 AS n\n');
  await shows('✓ default.gold.second\n n\n42\n');
  // Nothing was stored.
  expect(await fleet.getJson('/pipelines')).toMatchObject({ pipelines: [] });
  command.kill('SIGTERM');
  expect(await command.ended).toMatchObject({ code: 0 });
});

onLinux('r stores and runs the pipeline that was saved last, and q ends', async () => {
  const { child, ended, shows } = startInTerminal(['dev', folder], place);
  await shows('q ends');
  await save('first', 'SELECT 40 + 1 AS n\n');
  await shows('r runs default.gold.first');
  child.stdin.write('r');
  await shows('✓ success default.gold.first');
  expect(await fleet.getJson('/pipelines')).toMatchObject({ pipelines: [{ name: 'first' }] });
  child.stdin.write('q');
  expect(await ended).toBe(0);
});

test('dev shows the rows and the difference of a run with the values, the time and the full refresh that it was given', async () => {
  const given = join(folder, 'given');
  const target = join(given, 'pipelines/default/gold/given');
  await mkdir(target, { recursive: true });
  const sql = `SELECT {{ param('region') }} AS region, {{ run_logical_date }}::VARCHAR AS day,
    {% if is_incremental() %}'new'{% else %}'all'{% endif %} AS side`;
  const config = { params: { region: { type: 'string', default: 'north' } } };
  await fleet.putPipeline('default/gold/given', { sql, config });
  await fleet.spy.waitFor(await fleet.createRun('default/gold/given'), 'success');
  await writeFile(join(target, 'config.yaml'), 'params: { region: { type: string } }\n');
  await writeFile(join(target, 'pipeline.sql'), sql);
  const day = '2026-11-29T00:00:00+01:00/2026-11-30T00:00:00+01:00';
  const options = ['--param', 'region=south', '--interval', day, '--full-refresh', '--compare'];
  const command = startCli(['dev', given, ...options], place);
  const shows = (): Promise<unknown> =>
    eventually(
      'dev prints the difference',
      () => {
        if (!command.err().includes('lost')) throw new Error(command.out() + command.err());
        return true;
      },
      30_000,
    );
  await shows();
  expect(command.out()).toMatch(/^south +2026-11-29 +all$/m);
  expect(command.err()).toContain('full_refresh: 1 row gained, 1 row lost, compared by whole rows');
  command.kill('SIGTERM');
  expect(await command.ended).toMatchObject({ code: 0 });
});
