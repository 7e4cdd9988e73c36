import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openStoreFixture, type StoreFixture } from '@rat/testing';
import { announceRunner, forgetRunner, listSandboxes, registerRunner } from '../index.ts';

let fixture: StoreFixture;
beforeAll(async () => {
  fixture = await openStoreFixture();
});
afterAll(() => fixture.close());

const RUNNER = {
  endpoint: { url: 'http://127.0.0.1:1', key: 'k' },
  host: 'h',
  pid: 1,
  slots: 1,
  version: '1',
  pools: ['default'],
};

test('listSandboxes returns each sandbox of the live runners once, and an empty name for a runner without one', async () => {
  const { db } = fixture;
  await registerRunner(db, { ...RUNNER, id: 'a', sandbox: 'user' });
  await registerRunner(db, { ...RUNNER, id: 'b', sandbox: 'user' });
  await announceRunner(db, { ...RUNNER, id: 'c' });
  expect((await listSandboxes(db)).toSorted()).toEqual(['', 'user']);
  // The same runner restarts in another sandbox.
  await registerRunner(db, { ...RUNNER, id: 'b', sandbox: 'bwrap+user' });
  await forgetRunner(db, 'c');
  expect((await listSandboxes(db)).toSorted()).toEqual(['bwrap+user', 'user']);
});
