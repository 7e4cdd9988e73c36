import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runBranch } from '@rat/domain';
import { parseTableMetadata } from '@rat/iceberg';
import { eventually, startFleet, type Fleet } from '@rat/testing';
import type { FaultPoint } from './fault-points.ts';

/** Runs for minutes unless it is stopped: a cross join that no optimiser folds. */
const ENDLESS = `SELECT count(*) AS n FROM range(10000000) a, range(10000000) b WHERE hash(a.range, b.range) % 7 = 3`;

const DIE_AT = new URL('../../../packages/testing/bin/die-at.mjs', import.meta.url);

/**
 * The runner's second settlement without a publish is committed, and the runner has done nothing
 * since.
 */
const SETTLED: FaultPoint = { call: 'query', match: '^settle-attempt', when: 'after', nth: 2 };

const PATH = 'default/silver/tested';

let fleet: Fleet;
beforeAll(async () => {
  const env = { RAT_MAINTENANCE_HOURS: '0' };
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 0, env });
}, 60_000);
afterAll(() => fleet.close());

async function startTested(test: object): Promise<string> {
  await fleet.putPipeline(PATH, { sql: 'SELECT 1 AS n', quality_tests: [test] });
  return fleet.createRun(PATH);
}

async function branches(): Promise<string[]> {
  const [table] = await fleet.query<{ metadata_location: string }>(
    `SELECT metadata_location FROM lake.iceberg_tables WHERE table_name = 'tested'`,
  );
  if (table === undefined) return [];
  const text = await readFile(fileURLToPath(table.metadata_location), 'utf8');
  return Object.keys(parseTableMetadata(text).refs);
}

const folders = (): Promise<string[]> => readdir(join(fleet.home, 'warehouse', PATH, 'data'));

test('a cancelled run’s branch is dropped although its runner died before it could drop it', async () => {
  const doomed = await fleet.startRunner({
    NODE_OPTIONS: `--import=${DIE_AT.href}`,
    RAT_TEST_DIE_AT: JSON.stringify(SETTLED),
  });
  const held = await startTested({ name: 'never', sql: 'SELECT 1 FROM {{ this }}' });
  await fleet.spy.waitFor(held, 'failed', 30_000);
  const id = await startTested({ name: 'slow', sql: `SELECT * FROM (${ENDLESS}) WHERE n < 0` });
  const both = [runBranch(held), runBranch(id)].toSorted();
  await eventually(
    'its branch is there to be tested',
    async () => (await branches()).toSorted().join() === both.join(),
    30_000,
  );
  const url = `${fleet.apis[0]?.url ?? ''}/api/v1/runs/${id}/cancel`;
  expect((await fetch(url, { method: 'POST' })).status).toBe(200);
  expect((await doomed.exited).signal).toBe('SIGKILL');
  await fleet.spy.waitFor(id, 'cancelled');
  expect((await branches()).toSorted()).toEqual(both);

  await fleet.startRunner();
  await eventually('its branch is gone', async () => !(await branches()).includes(runBranch(id)));
  // A run in quarantine keeps its branch and files.
  expect(await branches()).toEqual([runBranch(held)]);
  expect(await folders()).toHaveLength(1);
  await eventually('nothing is marked any more', async () => {
    const marked = await fleet.query('SELECT 1 FROM runs WHERE has_leftovers');
    return marked.length === 0;
  });
}, 120_000);
