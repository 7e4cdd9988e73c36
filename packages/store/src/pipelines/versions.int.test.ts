import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PreconditionError, versionTag, type PipelineRef } from '@rat/domain';
import { openStoreFixture, type StoreFixture } from '@rat/testing';
import {
  createRun,
  deleteDraft,
  deletePipeline,
  getDraft,
  getPipeline,
  getVersion,
  listPipelines,
  listVersions,
  publishDraft,
  putDraft,
  putPipeline,
  restoreVersion,
} from '../index.ts';
import type { PipelineContent, PipelineWrite } from './put-pipeline.ts';

let fixture: StoreFixture;
let count = 0;
beforeAll(async () => {
  fixture = await openStoreFixture();
});
afterAll(() => fixture.close());

function newRef(): PipelineRef {
  count += 1;
  return { namespace: 'default', layer: 'silver', name: `p${count}` };
}

function content(n: number | string): PipelineContent {
  return {
    sql: `SELECT ${n} AS n`,
    config: { description: `number ${n}` },
    qualityTests: [],
    contentHash: `hash${n}`,
  };
}

/** A pipeline with the versions 1 to `versions`. */
async function pipelineOf(versions: number): Promise<PipelineRef> {
  const ref = newRef();
  for (let n = 1; n <= versions; n += 1) await putPipeline(fixture.db, ref, content(n));
  return ref;
}

const match = (...tags: string[]) => ({ precondition: { match: tags } });
const V1 = versionTag(1, 'hash1');
const V2 = versionTag(2, 'hash2');

async function refusal(write: Promise<unknown>): Promise<PreconditionError> {
  const error: unknown = await write.catch((caught: unknown) => caught);
  if (error instanceof PreconditionError) return error;
  throw new Error('the write was not refused', { cause: error });
}

describe('the versions of a pipeline', () => {
  test('a version keeps its author and the reason for it', async () => {
    const ref = newRef();
    const { pipeline } = await putPipeline(fixture.db, ref, content(1), {
      author: 'ann',
      message: 'first',
    });
    expect(pipeline).toMatchObject({ version: 1, author: 'ann', message: 'first' });
    await putPipeline(fixture.db, ref, content(2));
    const { versions, total } = await listVersions(fixture.db, ref, { limit: 10, offset: 0 });
    const created = {
      id: expect.any(String),
      pipelineId: (await getPipeline(fixture.db, ref)).id,
      createdAt: expect.any(Date),
      runs: 0,
      hasConfig: true,
      tests: [],
    };
    expect({ versions, total }).toEqual({
      versions: [
        { ...created, version: 2, contentHash: 'hash2', isCurrent: true },
        {
          ...created,
          version: 1,
          contentHash: 'hash1',
          isCurrent: false,
          author: 'ann',
          message: 'first',
        },
      ],
      total: 2,
    });
  });

  test('the versions are paged, and their number is exact on every page', async () => {
    const ref = await pipelineOf(5);
    const page = await listVersions(fixture.db, ref, { limit: 2, offset: 1 });
    expect(page.versions.map(({ version }) => version)).toEqual([4, 3]);
    expect(page.total).toBe(5);
    const beyond = await listVersions(fixture.db, ref, { limit: 2, offset: 9 });
    expect(beyond).toEqual({ versions: [], total: 5 });
  });

  test('a version counts the runs that are pinned to it and names the newest', async () => {
    const ref = await pipelineOf(1);
    const request = { pipeline: ref, trigger: { kind: 'manual' } } as const;
    await createRun(fixture.db, request);
    const second = await createRun(fixture.db, request);
    await putPipeline(fixture.db, ref, content(2));
    expect(await getVersion(fixture.db, ref, 1)).toMatchObject({
      runs: 2,
      lastRun: { id: second.id, status: 'pending', createdAt: expect.any(Date) },
      sql: 'SELECT 1 AS n',
    });
    expect(await getVersion(fixture.db, ref, 2)).toMatchObject({ runs: 0, lastRun: undefined });
    const { versions } = await listVersions(fixture.db, ref, { limit: 10, offset: 0 });
    expect(versions.map(({ runs }) => runs)).toEqual([0, 2]);
  });

  test('a restored version is a new version with the old content', async () => {
    const ref = await pipelineOf(3);
    const { result, pipeline } = await restoreVersion(fixture.db, ref, 1, { author: 'bob' });
    expect(result).toBe('updated');
    expect(pipeline).toMatchObject({
      version: 4,
      contentHash: 'hash1',
      sql: 'SELECT 1 AS n',
      description: 'number 1',
      author: 'bob',
    });
    const again = await restoreVersion(fixture.db, ref, 1, {});
    expect(again).toMatchObject({ result: 'unchanged', pipeline: { version: 4 } });
  });

  test('a version that does not exist is not found, and the message names those that do', async () => {
    const ref = await pipelineOf(2);
    await expect(getVersion(fixture.db, ref, 3)).rejects.toThrow('versions 1 to 2');
    await expect(restoreVersion(fixture.db, ref, 3, {})).rejects.toThrow('versions 1 to 2');
    await expect(getVersion(fixture.db, newRef(), 1)).rejects.toThrow('pipeline not found');
    const page = { limit: 1, offset: 0 };
    await expect(listVersions(fixture.db, newRef(), page)).rejects.toThrow('pipeline not found');
  });
});

describe('the precondition of a write', () => {
  test('of many writers with the same precondition exactly one wins', async () => {
    const ref = await pipelineOf(1);
    const writers = Array.from({ length: 8 }, (_, n) =>
      putPipeline(fixture.db, ref, content(`w${n}`), match(V1)),
    );
    const ends = await Promise.allSettled(writers);
    const won = ends.filter((end) => end.status === 'fulfilled');
    expect(won).toHaveLength(1);
    for (const end of ends) {
      if (end.status === 'rejected') expect(end.reason).toBeInstanceOf(PreconditionError);
    }
    expect(await getPipeline(fixture.db, ref)).toMatchObject({ version: 2 });
  });

  test('of many writers that create the same pipeline exactly one wins', async () => {
    const ref = newRef();
    const writers = Array.from({ length: 8 }, (_, n) =>
      putPipeline(fixture.db, ref, content(n), { precondition: { isAbsent: true } }),
    );
    const ends = await Promise.allSettled(writers);
    expect(ends.filter((end) => end.status === 'fulfilled')).toHaveLength(1);
    expect(await getPipeline(fixture.db, ref)).toMatchObject({ version: 1 });
  });

  test.each<[string, (ref: PipelineRef) => Promise<unknown>]>([
    ['a PUT', (ref) => putPipeline(fixture.db, ref, content(9), match(V1))],
    ['a PUT of the current content', (ref) => putPipeline(fixture.db, ref, content(2), match(V1))],
    ['a restore', (ref) => restoreVersion(fixture.db, ref, 1, match(V1))],
    ['a delete', (ref) => deletePipeline(fixture.db, ref, { match: [V1] })],
    ['the begin of a draft', (ref) => putDraft(fixture.db, ref, content(9), match(V1))],
  ])('%s of an overtaken client is refused with both sides', async (_, write) => {
    const ref = newRef();
    await putPipeline(fixture.db, ref, content(1), { author: 'ann' });
    await putPipeline(fixture.db, ref, content(2), { author: 'bob', message: 'better' });
    const { conflict, message } = await refusal(write(ref));
    expect(message).toBe('the request is based on version 1, but the current version is 2 by bob');
    expect(conflict).toEqual({
      yours: {
        kind: 'version',
        etag: V1,
        version: 1,
        contentHash: 'hash1',
        author: 'ann',
        at: expect.any(Date),
      },
      current: {
        kind: 'version',
        etag: V2,
        version: 2,
        contentHash: 'hash2',
        author: 'bob',
        message: 'better',
        at: expect.any(Date),
      },
    });
    expect(await getPipeline(fixture.db, ref)).toMatchObject({ version: 2, hasDraft: false });
  });

  test('a tag of another database names no side of the client', async () => {
    const ref = await pipelineOf(1);
    const { conflict } = await refusal(
      putPipeline(fixture.db, ref, content(2), match(versionTag(1, 'other'))),
    );
    expect(conflict).toMatchObject({ yours: undefined, current: { etag: V1 } });
  });

  test('a write that expects a pipeline creates none', async () => {
    const ref = newRef();
    const { conflict } = await refusal(putPipeline(fixture.db, ref, content(1), match(V1)));
    expect(conflict).toEqual({ yours: undefined, current: undefined });
    await refusal(putPipeline(fixture.db, ref, content(1), { precondition: { match: 'any' } }));
    const rows = await fixture.db.pool.query('SELECT 1 FROM pipelines WHERE name = $1', [ref.name]);
    expect(rows.rowCount).toBe(0);
  });

  test('a deleted pipeline counts as one that does not exist', async () => {
    const ref = await pipelineOf(1);
    await deletePipeline(fixture.db, ref, { match: [V1] });
    await refusal(putPipeline(fixture.db, ref, content(2), match(V1)));
    const back = await putPipeline(fixture.db, ref, content(2), {
      precondition: { isAbsent: true },
    });
    expect(back).toMatchObject({ result: 'created', pipeline: { version: 2 } });
  });
});

describe('the draft of a pipeline', () => {
  const draftContent = { sql: '', config: { timeout: 'x' }, qualityTests: [{ nme: 'x' }] };

  test('a draft keeps content with mistakes, and the pipeline stays as it is', async () => {
    const ref = await pipelineOf(2);
    const { isNew, draft } = await putDraft(fixture.db, ref, draftContent, { author: 'ann' });
    expect(isNew).toBe(true);
    expect(draft).toMatchObject({ ...draftContent, baseVersion: 2, author: 'ann' });
    expect(await getDraft(fixture.db, ref)).toEqual(draft);
    const pipeline = await getPipeline(fixture.db, ref);
    expect(pipeline).toMatchObject({ version: 2, sql: 'SELECT 2 AS n', hasDraft: true });
    const { pipelines } = await listPipelines(fixture.db, { limit: 200, offset: 0 });
    expect(pipelines.filter((one) => one.hasDraft).map((one) => one.id)).toContain(pipeline.id);
    const next = await putDraft(fixture.db, ref, { ...draftContent, sql: 'SELECT' });
    expect(next.isNew).toBe(false);
    expect(next.draft.revision).not.toBe(draft.revision);
    expect(next.draft.createdAt).toEqual(draft.createdAt);
  });

  test('a published draft is the newest version, and the draft is gone', async () => {
    const ref = await pipelineOf(1);
    const { draft } = await putDraft(fixture.db, ref, content(2), { author: 'ann', message: 'a' });
    const published = { revision: draft.revision, content: content(2) };
    const { result, pipeline } = await publishDraft(fixture.db, ref, published, { message: 'b' });
    expect(result).toBe('updated');
    expect(pipeline).toMatchObject({ version: 2, author: 'ann', message: 'b', hasDraft: false });
    await expect(getDraft(fixture.db, ref)).rejects.toThrow('no draft');
    await expect(publishDraft(fixture.db, ref, published, {})).rejects.toThrow('no draft');
  });

  test('a draft can precede its pipeline', async () => {
    const ref = newRef();
    const { draft } = await putDraft(fixture.db, ref, content(1));
    expect(draft.baseVersion).toBe(0);
    await expect(getPipeline(fixture.db, ref)).rejects.toThrow('not found');
    const published = { revision: draft.revision, content: content(1) };
    const { result, pipeline } = await publishDraft(fixture.db, ref, published, {});
    expect({ result, version: pipeline.version }).toEqual({ result: 'created', version: 1 });
  });

  test('a draft whose pipeline has changed is not published until it takes over the new base', async () => {
    const ref = await pipelineOf(1);
    const { draft } = await putDraft(fixture.db, ref, content(3));
    await putPipeline(fixture.db, ref, content(2), { author: 'bob' });
    const { conflict, message } = await refusal(
      publishDraft(fixture.db, ref, { revision: draft.revision, content: content(3) }, {}),
    );
    expect(message).toContain('begun from version 1, but now the current version is 2 by bob');
    expect(conflict).toMatchObject({ yours: { version: 1 }, current: { version: 2 } });
    const rebased = await putDraft(fixture.db, ref, content(3), { baseVersion: 2 });
    const { revision } = rebased.draft;
    const published = await publishDraft(fixture.db, ref, { revision, content: content(3) }, {});
    expect(published.pipeline.version).toBe(3);
  });

  test('content is not published when the draft was changed after it was validated', async () => {
    const ref = await pipelineOf(1);
    const { draft } = await putDraft(fixture.db, ref, content(2));
    await putDraft(fixture.db, ref, content(3));
    const published = { revision: draft.revision, content: content(2) };
    await expect(publishDraft(fixture.db, ref, published, {})).rejects.toThrow('was changed while');
    expect(await getPipeline(fixture.db, ref)).toMatchObject({ version: 1, hasDraft: true });
  });

  test('of two writers of a draft with the same precondition one wins', async () => {
    const ref = await pipelineOf(1);
    const { draft } = await putDraft(fixture.db, ref, content(2));
    const tag = `"draft-${draft.revision}"`;
    const ends = await Promise.allSettled([
      putDraft(fixture.db, ref, content(3), match(tag)),
      putDraft(fixture.db, ref, content(4), match(tag)),
    ]);
    expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  test('of many requests that begin a draft with If-None-Match exactly one wins', async () => {
    const ref = newRef();
    const begun = await Promise.allSettled(
      Array.from({ length: 6 }, (_, n) =>
        putDraft(fixture.db, ref, content(n), { precondition: { isAbsent: true } }),
      ),
    );
    expect(begun.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('a client that has not seen the draft cannot replace it by the tag of the pipeline', async () => {
    const ref = await pipelineOf(1);
    await putDraft(fixture.db, ref, content(2), { author: 'ann', ...match(V1) });
    const { conflict } = await refusal(putDraft(fixture.db, ref, content(3), match(V1)));
    expect(conflict.current).toMatchObject({ kind: 'draft', author: 'ann', version: 1 });
    await refusal(deleteDraft(fixture.db, ref, { match: [V1] }));
    expect((await getDraft(fixture.db, ref)).sql).toBe('SELECT 2 AS n');
  });

  test.each<[string, (tags: { draft: string }) => string]>([
    ['the draft', ({ draft }) => draft],
    ['the pipeline', () => V1],
  ])('a publish may expect the tag of %s', async (_, choose) => {
    const ref = await pipelineOf(1);
    const { draft } = await putDraft(fixture.db, ref, content(2));
    const { revision } = draft;
    const tag = choose({ draft: `"draft-${revision}"` });
    const published = { revision, content: content(2) };
    await refusal(publishDraft(fixture.db, ref, published, match('"7-x"')));
    const done: PipelineWrite = await publishDraft(fixture.db, ref, published, match(tag));
    expect(done.pipeline.version).toBe(2);
  });

  test('a base that does not exist is refused', async () => {
    const ref = await pipelineOf(1);
    const draft = putDraft(fixture.db, ref, content(2), { baseVersion: 2 });
    await expect(draft).rejects.toThrow('base_version: must be a version of the pipeline: 0 to 1');
  });

  test('a deleted pipeline takes its draft along', async () => {
    const ref = await pipelineOf(1);
    await putDraft(fixture.db, ref, content(2));
    await deletePipeline(fixture.db, ref);
    await expect(getDraft(fixture.db, ref)).rejects.toThrow('no draft');
    await expect(deleteDraft(fixture.db, ref)).rejects.toThrow('no draft');
  });
});
