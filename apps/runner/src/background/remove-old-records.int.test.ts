import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createLogger } from '@rat/runtime';
import { openStoreFixture, type StoreFixture } from '@rat/testing';
import { removeOldRecords } from './remove-old-records.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await openStoreFixture();
});
afterAll(() => fixture.close());

/** More rows than one statement removes. */
const OLD = 12_000;
const YOUNG = 3;

test('a turn removes all entries and uploads that are too old, and keeps the others', async () => {
  const { db } = fixture;
  await db.pool.query(
    `INSERT INTO audit_entries (id, at, action, resource, status, request_id)
     SELECT gen_random_uuid(), now() - n * interval '1 day', 'a', 'r', 200, 'x'
     FROM unnest(array_fill(401, ARRAY[$1::int]) || array_fill(399, ARRAY[$2::int])) AS n`,
    [OLD, YOUNG],
  );
  await db.pool.query(
    `INSERT INTO landing_uploads (namespace, zone, name, modified_at, bytes, uploaded_at)
     SELECT 'default', 'z', n::text, now(), 1, now() - n * interval '1 day'
     FROM unnest(ARRAY[398, 399, 401]) AS n`,
  );
  const log = createLogger('test', { level: 'silent' });
  await removeOldRecords(400).run({ db, log }, new AbortController().signal);
  const { rows } = await db.pool.query(
    `SELECT (SELECT count(*) FROM audit_entries) AS entries,
       (SELECT count(*) FROM landing_uploads) AS uploads`,
  );
  expect(rows).toEqual([{ entries: YOUNG, uploads: 2 }]);
});
