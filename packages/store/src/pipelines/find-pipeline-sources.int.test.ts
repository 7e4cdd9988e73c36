import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openStoreFixture, type StoreFixture } from '@rat/testing';
import { findPipelineSources } from './find-pipeline-sources.ts';
import { deletePipeline } from './pipelines.ts';
import { putPipeline } from './put-pipeline.ts';

const at = (name: string) => ({ namespace: 'default', layer: 'gold', name }) as const;
let fixture: StoreFixture;

beforeAll(async () => {
  fixture = await openStoreFixture();
});
afterAll(() => fixture.close());

test('the current version of each stored pipeline is found; a deleted and a missing one are not', async () => {
  const put = (name: string, sql: string) =>
    putPipeline(fixture.db, at(name), { sql, config: {}, qualityTests: [], contentHash: sql });
  await put('one', 'SELECT 1');
  await put('one', 'SELECT 2');
  await put('gone', 'SELECT 3');
  await deletePipeline(fixture.db, at('gone'));
  const found = await findPipelineSources(fixture.db, [at('one'), at('gone'), at('never')]);
  expect([...found]).toEqual([
    ['default.gold.one', { sql: 'SELECT 2', config: {}, contentHash: 'SELECT 2' }],
  ]);
  expect(await findPipelineSources(fixture.db, [])).toEqual(new Map());
});
