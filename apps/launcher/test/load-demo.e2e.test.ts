import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { RatClient } from '@rat/client';
import { readPipelineFiles } from '@rat/pipelines';
import { findFreePort, type Fleet, startFleet, startNode } from '@rat/testing';
import { loadDemo } from '../src/load-demo.ts';

const EXAMPLE = fileURLToPath(new URL('../../../examples/flights', import.meta.url));
const ENDLESS = `SELECT count(*) AS n FROM range(10000000) a, range(10000000) b WHERE hash(a.range, b.range) % 7 = 3`;

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
}, 60_000);
afterAll(() => fleet.close());

test('seed uploads the data of the demo to a running API and waits for its runs', async () => {
  const seed = startNode('apps/launcher/dist/seed.js', { RAT_API_URL: fleet.apis[0]?.url ?? '' });
  await seed.waitForLine(/^bronze\.flights success 3,000,000 rows/, 60_000);
  await seed.waitForLine(/^gold\.busiest_routes success/, 60_000);
  expect(await seed.exited).toEqual({ code: 0, signal: null });
}, 120_000);

test('seed fails in one line when no API answers', async () => {
  const seed = startNode('apps/launcher/dist/seed.js', {
    RAT_API_URL: `http://127.0.0.1:${await findFreePort()}`,
  });
  await seed.waitForLine(/^the API cannot be reached: /);
  expect(await seed.exited).toEqual({ code: 1, signal: null });
  expect(seed.output()).not.toContain('\n');
});

test('a demo whose pipelines have all run is left alone, also while one of them runs again', async () => {
  const refs = (await readPipelineFiles(EXAMPLE)).map(({ ref }) => ref);
  const paths = refs.map(({ namespace, layer, name }) => `${namespace}/${layer}/${name}`);
  for (const path of paths) await fleet.putPipeline(path, { sql: 'SELECT 1 AS n' });
  const ids = await Promise.all(paths.map((path) => fleet.createRun(path)));
  for (const id of ids) await fleet.spy.waitFor(id, 'success', 60_000);
  const [path = ''] = paths;
  await fleet.putPipeline(path, { sql: ENDLESS });
  await fleet.spy.waitFor(await fleet.createRun(path), 'running', 30_000);

  const rat = new RatClient({ baseUrl: fleet.apis[0]?.url ?? '' });
  const said: string[] = [];
  const options = { say: (line: string) => said.push(line) };
  // To load it would not end before the run does that has no end.
  expect(await loadDemo(rat, options)).toBe('already_there');
  expect(said).toEqual([]);
}, 120_000);
