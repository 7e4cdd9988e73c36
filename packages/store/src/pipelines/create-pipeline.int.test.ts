import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ConflictError, NotFoundError, PreconditionError, type PipelineRef } from '@rat/domain';
import { openStoreFixture, type StoreFixture } from '@rat/testing';
import {
  createPipeline,
  createRun,
  deleteDraft,
  deletePipeline,
  getDraft,
  getPipeline,
  getVersion,
  listMaintainableTables,
  listPipelines,
  listVersions,
  publishDraft,
  putDraft,
  putPipeline,
  restoreVersion,
  search,
} from '../index.ts';
import type { PipelineContent } from './put-pipeline.ts';

let fixture: StoreFixture;
let count = 0;
beforeAll(async () => {
  fixture = await openStoreFixture();
});
afterAll(() => fixture.close());

const SOURCE = 'SELECT 1 AS n';

function newRef(): PipelineRef {
  count += 1;
  return { namespace: 'default', layer: 'gold', name: `made${count}` };
}

function draftOf(sql: string, config: object = {}) {
  return { draft: { sql, config, qualityTests: [] } };
}

async function made(sql = SOURCE): Promise<PipelineRef> {
  const ref = newRef();
  await createPipeline(fixture.db, ref, draftOf(sql));
  return ref;
}

function content(n: number): PipelineContent {
  return { sql: `SELECT ${n} AS n`, config: {}, qualityTests: [], contentHash: `hash${n}` };
}

async function publish(ref: PipelineRef, next: PipelineContent) {
  const { revision } = await getDraft(fixture.db, ref);
  return publishDraft(fixture.db, ref, { revision, content: next }, {});
}

const newRun = (pipeline: PipelineRef) =>
  createRun(fixture.db, { pipeline, trigger: { kind: 'manual' } });

test('a new pipeline is a draft without a version, and lists, reads and searches show it', async () => {
  const ref = newRef();
  await createPipeline(fixture.db, ref, {
    ...draftOf(SOURCE, { description: 'money' }),
    description: 'money',
    owner: 'ada',
  });
  const seen = {
    version: 0,
    published: undefined,
    owner: 'ada',
    description: 'money',
    hasDraft: true,
  };
  const row = await getPipeline(fixture.db, ref);
  expect(row).toMatchObject({ ...seen, sql: '', config: {}, qualityTests: [], contentHash: '' });
  const page = { q: ref.name, limit: 10, offset: 0 };
  for (const withHealth of [true, false]) {
    const listed = await listPipelines(fixture.db, { ...page, withHealth });
    expect(listed).toMatchObject({ total: 1, pipelines: [{ ...ref, ...seen }] });
  }
  expect(await search(fixture.db, { q: ref.name, limit: 5 })).toMatchObject([{ kind: 'pipeline' }]);
  expect(await listVersions(fixture.db, ref, page)).toEqual({ versions: [], total: 0 });
  await expect(getVersion(fixture.db, ref, 1)).rejects.toThrow(/has no published version/);
  await expect(restoreVersion(fixture.db, ref, 1, {})).rejects.toThrow(NotFoundError);
  expect(await getDraft(fixture.db, ref)).toMatchObject({
    sql: SOURCE,
    config: { description: 'money' },
    baseVersion: 0,
    author: 'ada',
  });
});

test('a run of a pipeline without a version is a conflict whose message names the publish', async () => {
  const ref = await made();
  await expect(newRun(ref)).rejects.toThrow(ConflictError);
  await expect(newRun(ref)).rejects.toThrow(
    `POST /api/v1/pipelines/default/gold/${ref.name}/publish`,
  );
  await expect(newRun({ ...ref, name: 'nobody' })).rejects.toThrow(NotFoundError);
});

test('its first publish makes version 1, after which it runs', async () => {
  const ref = await made();
  const { result, pipeline } = await publish(ref, content(1));
  expect({ result, version: pipeline.version }).toEqual({ result: 'created', version: 1 });
  expect((await newRun(ref)).kind).toBe('created');
});

test('a direct write makes version 1 too', async () => {
  const ref = await made();
  const { result, pipeline } = await putPipeline(fixture.db, ref, content(1));
  expect({ result, version: pipeline.version }).toEqual({ result: 'created', version: 1 });
});

test('a name that is taken is a conflict, by a published pipeline and by an unpublished one', async () => {
  const ref = await made();
  await expect(createPipeline(fixture.db, ref, draftOf(''))).rejects.toThrow(/exists already/);
  await putPipeline(fixture.db, ref, content(1));
  await expect(createPipeline(fixture.db, ref, draftOf(''))).rejects.toThrow(ConflictError);
  const missing = { ...ref, namespace: 'nowhere' };
  await expect(createPipeline(fixture.db, missing, draftOf(''))).rejects.toThrow(NotFoundError);
});

test('of two requests at once, one makes the pipeline', async () => {
  const ref = newRef();
  const both = [SOURCE, SOURCE].map((sql) => createPipeline(fixture.db, ref, draftOf(sql)));
  const ends = await Promise.allSettled(both);
  expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
});

test('a draft that preceded the pipeline is kept, and SQL of the request does not replace it', async () => {
  const ref = newRef();
  const earlier = {
    sql: 'SELECT 9 AS n',
    config: { pool: 'big' },
    qualityTests: [{ name: 'few' }],
  };
  await putDraft(fixture.db, ref, earlier, { author: 'zoe' });
  await expect(createPipeline(fixture.db, ref, draftOf(SOURCE))).rejects.toThrow(/draft by zoe/);
  await createPipeline(fixture.db, ref, draftOf('', { pool: 'small', unique_key: 'n' }));
  expect(await getDraft(fixture.db, ref)).toMatchObject({
    ...earlier,
    config: { pool: 'big', unique_key: 'n' },
    author: 'zoe',
  });
});

test('a deleted pipeline is made again unpublished, with its versions, and its numbers continue', async () => {
  const ref = await made();
  await putPipeline(fixture.db, ref, content(1));
  await putPipeline(fixture.db, ref, content(2));
  await newRun(ref);
  await deletePipeline(fixture.db, ref);
  await createPipeline(fixture.db, ref, draftOf(SOURCE));
  expect((await getPipeline(fixture.db, ref)).version).toBe(0);
  await expect(newRun(ref)).rejects.toThrow(ConflictError);
  const { versions } = await listVersions(fixture.db, ref, { limit: 9, offset: 0 });
  expect(versions.map(({ version, isCurrent }) => [version, isCurrent])).toEqual([
    [2, false],
    [1, false],
  ]);
  await expect(getVersion(fixture.db, ref, 7)).rejects.toThrow(/has versions 1 to 2/);
  const { result, pipeline } = await publish(ref, content(2));
  expect({ result, version: pipeline.version }).toEqual({ result: 'created', version: 3 });
});

test('an unpublished pipeline can be deleted with its draft, and be made again', async () => {
  const ref = await made();
  await deletePipeline(fixture.db, ref);
  await expect(getPipeline(fixture.db, ref)).rejects.toThrow(NotFoundError);
  await expect(getDraft(fixture.db, ref)).rejects.toThrow(NotFoundError);
  await createPipeline(fixture.db, ref, draftOf(''));
  await deleteDraft(fixture.db, ref);
  expect(await getPipeline(fixture.db, ref)).toMatchObject({ version: 0, hasDraft: false });
});

test('an unpublished pipeline exists for the preconditions of writes', async () => {
  const ref = await made();
  const absent = { precondition: { isAbsent: true } };
  const refused = putPipeline(fixture.db, ref, content(1), absent);
  await expect(refused).rejects.toThrow(/exists, without a published version/);
  await expect(refused).rejects.toThrow(PreconditionError);
  const tag = { precondition: { match: ['"0-0"'] } };
  expect((await putPipeline(fixture.db, ref, content(1), tag)).result).toBe('created');
  await expect(putPipeline(fixture.db, ref, content(2), tag)).rejects.toThrow(PreconditionError);
});

test('its table of an earlier life gets no maintenance run, which would need a version', async () => {
  const ref = await made();
  await fixture.db.pool.query(
    `INSERT INTO lake.iceberg_tables (catalog_name, table_namespace, table_name, metadata_location)
     VALUES ('rat', 'default_gold', $1, 'file:///m')`,
    [ref.name],
  );
  expect(await listMaintainableTables(fixture.db, ref)).toEqual([]);
  await putPipeline(fixture.db, ref, content(1));
  expect(await listMaintainableTables(fixture.db, ref)).toEqual([ref]);
});

test('a request that is sent again under its key makes nothing, and another one is a conflict', async () => {
  const ref = newRef();
  const key = { key: 'make', request: { name: ref.name }, keepMs: 60_000 };
  const first = [1, 2, 3].map(() => createPipeline(fixture.db, ref, draftOf(SOURCE), key));
  const replayed = (await Promise.all(first)).map(({ isReplayed }) => isReplayed);
  expect(replayed.filter((isReplayed) => isReplayed)).toHaveLength(2);
  const other = { ...key, request: { name: 'other' } };
  await expect(createPipeline(fixture.db, newRef(), draftOf(''), other)).rejects.toThrow(
    /another name/,
  );
  const run = createRun(fixture.db, {
    pipeline: ref,
    trigger: { kind: 'manual' },
    idempotency: other,
  });
  await expect(run).rejects.toThrow(/another name/);
});
