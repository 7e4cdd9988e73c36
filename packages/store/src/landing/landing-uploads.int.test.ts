import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openStoreFixture, ORDERS } from '@rat/testing';
import { createRun } from '../index.ts';
import { findUploadReplay, keepUpload } from '../db/idempotency.ts';
import { findLandingUploads, recordLandingUpload, removeOldUploads } from './landing-uploads.ts';

let fixture: Awaited<ReturnType<typeof openStoreFixture>>;
beforeEach(async () => {
  fixture = await openStoreFixture();
});
afterEach(() => fixture.close());

const ZONE = { namespace: 'default', zone: 'orders' };
const FILE = { name: 'a.csv', bytes: 4, modifiedAt: new Date('2026-02-12T14:00:00.123Z') };
const SENDER = { contentType: 'text/csv', uploadedBy: 'ana' };

test('an upload is found by the file that it delivered, and by no other of its name', async () => {
  const stored = await recordLandingUpload(fixture.db, ZONE, { ...FILE, ...SENDER });
  expect(stored).toEqual({ ...FILE, ...SENDER, uploadedAt: expect.any(Date) });
  const others = [
    { ...FILE, bytes: 5 },
    { ...FILE, modifiedAt: new Date('2026-02-12T14:00:00.124Z') },
    { ...FILE, name: 'b.csv' },
  ];
  expect(await findLandingUploads(fixture.db, ZONE, [...others, FILE])).toEqual([stored]);
  const elsewhere = { ...ZONE, zone: 'other' };
  expect(await findLandingUploads(fixture.db, elsewhere, [FILE])).toEqual([]);
  expect(await findLandingUploads(fixture.db, ZONE, [])).toEqual([]);
});

test('a second upload of the very same file keeps the words of the first one', async () => {
  const first = await recordLandingUpload(fixture.db, ZONE, { ...FILE, ...SENDER });
  const nobody = { contentType: undefined, uploadedBy: undefined };
  expect(await recordLandingUpload(fixture.db, ZONE, { ...FILE, ...nobody })).toEqual(first);
});

test('retention removes old uploads, oldest first, and no others', async () => {
  for (const name of ['a.csv', 'b.csv', 'c.csv']) {
    await recordLandingUpload(fixture.db, ZONE, { ...FILE, ...SENDER, name });
  }
  await fixture.db.pool.query(
    `UPDATE landing_uploads SET uploaded_at = now() - interval '40 days' WHERE name <> 'c.csv'`,
  );
  expect(await removeOldUploads(fixture.db, { days: 30, limit: 1 })).toBe(1);
  expect(await removeOldUploads(fixture.db, { days: 30, limit: 10 })).toBe(1);
  expect(await removeOldUploads(fixture.db, { days: 30, limit: 10 })).toBe(0);
});

test('a key of an upload finds what the upload stored until it expires, and no other request has it', async () => {
  const request = { operation: 'upload', ...ZONE, name: 'a.csv' };
  const key = { key: 'k', request, keepMs: 60_000 };
  const { bytes, modifiedAt } = FILE;
  const kept = { bytes, modifiedAt, sha256: 'ab' };
  const find = (other: object = {}) =>
    findUploadReplay(fixture.db, { ...key, request: { ...request, ...other } });
  expect(await find()).toBeUndefined();
  await keepUpload(fixture.db, key, { namespace: 'default', ...kept });
  await keepUpload(fixture.db, key, { namespace: 'default', ...kept, sha256: 'later' });
  expect(await find()).toEqual(kept);
  await expect(find({ name: 'b.csv' })).rejects.toThrow('used with another name');
  const run = { pipeline: ORDERS, kind: 'pipeline', trigger: { kind: 'manual' } } as const;
  const ofRun = { ...key, request: { pipeline: 'orders' } };
  await expect(createRun(fixture.db, { ...run, idempotency: ofRun })).rejects.toThrow('another');
  await fixture.db.pool.query(`UPDATE idempotency_keys SET expires_at = now() - interval '1 s'`);
  expect(await find()).toBeUndefined();
  const made = await createRun(fixture.db, { ...run, idempotency: ofRun });
  expect(made.kind).toBe('created');
  await expect(find()).rejects.toThrow('another');
});
