import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openStoreFixture, ORDERS, type StoreFixture } from '@rat/testing';
import { isHeadAt, publishHead } from './table-heads.ts';

let fixture: StoreFixture;
beforeEach(async () => {
  fixture = await openStoreFixture();
});
afterEach(() => fixture.close());

test('a publish without changes leaves the noted version at the metadata that it was read from', async () => {
  const { db } = fixture;
  const head = { table: ORDERS, runId: '01900000-0000-7000-8000-000000000001', snapshotId: '1' };
  await publishHead(db, { ...head, location: 's3://a/1.json', hasChanged: true });
  await publishHead(db, { ...head, snapshotId: '2', location: 's3://a/2.json', hasChanged: false });
  // So the next look at the table's moves reads 2.json, and finds what others wrote before.
  expect(await isHeadAt(db, 'default.silver.orders', 's3://a/1.json')).toBe(true);
  await publishHead(db, { ...head, snapshotId: '3', location: 's3://a/3.json', hasChanged: true });
  expect(await isHeadAt(db, 'default.silver.orders', 's3://a/3.json')).toBe(true);
});
