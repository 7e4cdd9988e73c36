import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PipelineRef } from '@rat/domain';
import { openStoreFixture, type StoreFixture } from '@rat/testing';
import { changeDraft, findEditedContent, getDraft, putDraft, putPipeline } from '../index.ts';
import type { DraftContent } from './draft-row.ts';

let fixture: StoreFixture;
let count = 0;
beforeAll(async () => {
  fixture = await openStoreFixture();
});
afterAll(() => fixture.close());

function newRef(): PipelineRef {
  count += 1;
  return { namespace: 'default', layer: 'silver', name: `c${count}` };
}

const version = { sql: 'SELECT 1', config: { pool: 'a' }, qualityTests: [], contentHash: 'h' };
const empty: DraftContent = { sql: '', config: {}, qualityTests: [] };

describe('a change of a draft', () => {
  test('begins from the current version, and later from the draft', async () => {
    const ref = newRef();
    await putPipeline(fixture.db, ref, { ...version, configYaml: 'pool: a # why\n' });
    const seen: unknown[] = [];
    for (const sql of ['SELECT 2', 'SELECT 3']) {
      await changeDraft(
        fixture.db,
        ref,
        ({ content = empty, isDraft }) => {
          seen.push([isDraft, content.sql, content.configYaml]);
          const { config, qualityTests, configYaml } = content;
          return { sql, config, qualityTests, configYaml };
        },
        { author: sql },
      );
    }
    expect(seen).toEqual([
      [false, 'SELECT 1', 'pool: a # why\n'],
      [true, 'SELECT 2', 'pool: a # why\n'],
    ]);
    expect(await getDraft(fixture.db, ref)).toMatchObject({
      sql: 'SELECT 3',
      baseVersion: 1,
      author: 'SELECT 3',
    });
  });

  test('of many at once, none is lost, also when there was no draft', async () => {
    const ref = newRef();
    const append = (n: number) =>
      changeDraft(
        fixture.db,
        ref,
        ({ content = empty }) => ({ ...content, sql: `${content.sql}${n};` }),
        {},
      );
    await Promise.all(Array.from({ length: 20 }, (_, n) => append(n)));
    const { sql } = await getDraft(fixture.db, ref);
    const written = sql.split(';').filter((part) => part !== '');
    expect(written.map(Number).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, n) => n),
    );
  });

  test('that changes nothing begins no draft', async () => {
    const ref = newRef();
    expect(await changeDraft(fixture.db, ref, () => undefined, {})).toBeUndefined();
    expect(await findEditedContent(fixture.db, ref)).toBeUndefined();
  });

  test('that fails stores nothing', async () => {
    const ref = newRef();
    const fails = changeDraft(
      fixture.db,
      ref,
      () => {
        throw new Error('wrong');
      },
      {},
    );
    await expect(fails).rejects.toThrow('wrong');
    expect(await findEditedContent(fixture.db, ref)).toBeUndefined();
  });
});

test('the text of a configuration that an older process left behind does not count', async () => {
  const ref = newRef();
  await putDraft(fixture.db, ref, { ...empty, config: { pool: 'a' }, configYaml: 'pool: a\n' });
  expect(await getDraft(fixture.db, ref)).toMatchObject({ configYaml: 'pool: a\n' });
  // What a process of an earlier version does: it knows neither of the text nor of its revision.
  await fixture.db.pool.query(
    `UPDATE pipeline_drafts SET config = '{"pool": "b"}', revision = gen_random_uuid()
     WHERE name = $1`,
    [ref.name],
  );
  const { config, configYaml } = await getDraft(fixture.db, ref);
  expect([config, configYaml]).toEqual([{ pool: 'b' }, undefined]);
});
