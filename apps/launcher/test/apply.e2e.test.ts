import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startFleet, startNode, type Fleet } from '@rat/testing';

let fleet: Fleet;
let folder: string;
beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 0 });
  folder = await mkdtemp(join(tmpdir(), 'rat-apply-'));
}, 60_000);
afterAll(async () => {
  await fleet.close();
  await rm(folder, { recursive: true, force: true });
});

test('apply makes the namespaces that its folder names, once, and puts the pipelines', async () => {
  for (const path of ['sales/silver/orders', 'sales/gold/totals', 'default/gold/revenue']) {
    const target = join(folder, 'pipelines', path);
    await mkdir(target, { recursive: true });
    await writeFile(join(target, 'pipeline.sql'), `SELECT 1 AS n`);
  }
  const apply = async (): Promise<string> => {
    const url = fleet.apis[0]?.url ?? '';
    const program = startNode('apps/launcher/dist/apply.js', {}, [folder, '--url', url]);
    expect(await program.exited).toEqual({ code: 0, signal: null });
    return program.output();
  };
  const lines = (await apply()).split('\n');
  // No runner is live here that could check the SQL.
  expect(lines.filter((line) => line.startsWith('  warning, sql: '))).toHaveLength(3);
  expect(lines.filter((line) => !line.startsWith('  ')).toSorted()).toEqual([
    'made namespace sales',
    'put default.gold.revenue',
    'put sales.gold.totals',
    'put sales.silver.orders',
  ]);
  expect(await fleet.getJson('/namespaces/sales')).toMatchObject({ pipelines: 2 });
  expect(await apply()).not.toContain('made namespace');
}, 60_000);
