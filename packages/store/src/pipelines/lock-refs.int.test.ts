import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Gate, openStoreFixture, type StoreFixture } from '@rat/testing';
import { findPipelineSources } from './find-pipeline-sources.ts';
import { getPipeline } from './pipelines.ts';
import { putPipeline, type PipelineContent } from './put-pipeline.ts';

const at = (name: string) => ({ namespace: 'default', layer: 'gold', name }) as const;
const content = (sql: string): PipelineContent => ({
  sql,
  config: {},
  qualityTests: [],
  contentHash: sql,
});
let fixture: StoreFixture;

beforeAll(async () => {
  fixture = await openStoreFixture();
});
afterAll(() => fixture.close());

test('a guard sees the version of a writer that came before it, and its error stores nothing', async () => {
  const { db } = fixture;
  const entered = new Gate();
  const release = new Gate();
  const first = putPipeline(db, at('one'), content('reads two'), {
    guard: async () => {
      entered.open();
      await release.opened;
    },
  });
  await entered.opened;
  const seen: string[] = [];
  const second = putPipeline(db, at('two'), content('reads one'), {
    guard: async (graph) => {
      seen.push(...(await findPipelineSources(graph, [at('one')])).keys());
      throw new Error('a cycle');
    },
  });
  const outcome = expect(second).rejects.toThrow('a cycle');
  release.open();
  await outcome;
  await first;
  expect(seen).toEqual(['default.gold.one']);
  await expect(getPipeline(db, at('two'))).rejects.toThrow('pipeline not found');
});

test('content that is current already needs no guard', async () => {
  const { db } = fixture;
  await putPipeline(db, at('same'), content('SELECT 1'));
  const guard = (): Promise<void> => Promise.reject(new Error('asked'));
  const { result } = await putPipeline(db, at('same'), content('SELECT 1'), { guard });
  expect(result).toBe('unchanged');
});
