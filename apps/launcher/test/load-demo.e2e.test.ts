import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readPipelineFiles } from '@rat/pipelines';
import { startFleet, type Fleet } from '@rat/testing';
import { ApiClient } from '../src/api-client.ts';
import { loadDemo } from '../src/load-demo.ts';

const EXAMPLE = fileURLToPath(new URL('../../../examples/flights', import.meta.url));
const ENDLESS = `SELECT count(*) AS n FROM range(10000000) a, range(10000000) b WHERE hash(a.range, b.range) % 7 = 3`;

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1 });
}, 60_000);
afterAll(() => fleet.close());

test('a demo whose pipelines have all run is left alone, also while one of them runs again', async () => {
  const refs = (await readPipelineFiles(EXAMPLE)).map(({ ref }) => ref);
  const paths = refs.map(({ namespace, layer, name }) => `${namespace}/${layer}/${name}`);
  for (const path of paths) await fleet.putPipeline(path, { sql: 'SELECT 1 AS n' });
  const ids = await Promise.all(paths.map((path) => fleet.createRun(path)));
  for (const id of ids) await fleet.spy.waitFor(id, 'success', 60_000);
  const [path = ''] = paths;
  await fleet.putPipeline(path, { sql: ENDLESS });
  await fleet.spy.waitFor(await fleet.createRun(path), 'running', 30_000);

  const api = new ApiClient(fleet.apis[0]?.url ?? '', new AbortController().signal);
  const said: string[] = [];
  const options = { landingDir: fleet.home, say: (line: string) => said.push(line) };
  // To load it would not end before the run does that has no end.
  expect(await loadDemo(api, options)).toBe('already_there');
  expect(said).toEqual([]);
}, 120_000);
