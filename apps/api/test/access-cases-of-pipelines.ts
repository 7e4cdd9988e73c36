import type { OperationId } from '@rat/contracts';
import { listed, on, type AccessCase } from './access-case.ts';
import type { AccessWorld, Prepared } from './access-world.ts';

const SQL = { sql: 'SELECT 4 AS n' };
const TEST = { name: 'fails', sql: 'SELECT 1 AS n', severity: 'error' };

const one = async (world: AccessWorld): Promise<Prepared> => ({ path: await world.pipeline() });
const drafted = async (world: AccessWorld): Promise<Prepared> => ({ path: await world.drafted() });
const version = async (world: AccessWorld): Promise<Prepared> => ({
  path: { ...(await world.pipeline()), version: '1' },
});
const published = async (world: AccessWorld): Promise<Prepared> => ({
  path: (await world.success()).ref,
});

const unsaved = (world: AccessWorld): Prepared => ({
  body: { ref: { namespace: 'default', layer: 'silver', name: world.next('new') }, files: SQL },
});

async function file(world: AccessWorld): Promise<{ path: string }> {
  const { namespace, layer, name } = await world.drafted();
  return { path: `${namespace}/pipelines/${layer}/${name}/pipeline.sql` };
}

const CASES = {
  search: on(200, () => ({ query: 'q=p&namespace=default' })),
  listPipelines: listed(),
  createPipeline: on(201, (world) => ({
    body: { namespace: 'default', layer: 'silver', name: world.next('new') },
  })),
  getPipeline: on(200, one),
  putPipeline: on(200, async (world) => ({ ...(await one(world)), body: SQL })),
  validatePipeline: on(200, unsaved),
  previewPipeline: on(200, unsaved),
  previewStoredPipeline: on(200, one),
  deletePipeline: on(204, one),
  listVersions: on(200, one),
  getVersion: on(200, version),
  diffVersions: on(200, async (world) => ({ ...(await one(world)), query: 'from=1' })),
  restoreVersion: on(201, version),
  rollbackPipeline: on(200, async (world) => ({ ...(await one(world)), body: { version: 1 } })),
  getDraft: on(200, drafted),
  diffDraft: on(200, drafted),
  putDraft: on(200, async (world) => ({ ...(await drafted(world)), body: SQL })),
  deleteDraft: on(204, drafted),
  publishDraft: on(200, drafted),
  listFiles: on(200, () => ({ query: 'prefix=default/' })),
  readFile: on(200, async (world) => ({ path: await file(world) })),
  writeFile: on(200, async (world) => ({ path: await file(world), body: { content: SQL.sql } })),
  deleteFile: on(204, async (world) => ({ path: await file(world) })),
  uploadFile: on(201, async (world) => {
    const body = new FormData();
    body.set('path', (await file(world)).path);
    body.set('file', new Blob([SQL.sql]), 'pipeline.sql');
    return { body };
  }),
  getPipelineMetadata: on(200, one),
  getTestsMetadata: on(200, one),
  getOldPipelineMetadata: on(200, one),
  getOldTestsMetadata: on(200, one),
  getPipelineRetention: on(200, one),
  putPipelineRetention: on(204, async (world) => ({
    ...(await one(world)),
    body: { runs_max_per_pipeline: 100 },
  })),
  listPipelineTests: on(200, one),
  createTest: on(201, async (world) => ({ ...(await one(world)), body: TEST })),
  deleteTest: on(204, async (world) => {
    const ref = await world.pipeline({ tests: [TEST] });
    return { path: { ...ref, test: TEST.name } };
  }),
  auditPipeline: on(202, async (world) => ({
    ...(await published(world)),
    headers: { prefer: 'respond-async' },
  })),
  getTestHistory: on(200, async (world) => {
    const { ref } = await world.quarantine();
    return { path: { ...ref, test: TEST.name } };
  }),
  getWhyNot: on(200, one),
  getLineage: on(200, () => ({})),
  getPluginLineage: on(200, () => ({})),
  getColumnLineage: {
    ...on(200, async (world) => {
      const { namespace, layer, name } = (await world.success()).ref;
      return { query: `table=${namespace}.${layer}.${name}` };
    }),
    elsewhere: 404,
  },
} satisfies Partial<Record<OperationId, AccessCase>>;

export default CASES;
