import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openStoreFixture, type StoreFixture } from '@rat/testing';
import fc from 'fast-check';
import { arrayLiteral } from './array-literal.ts';
import { storableText } from './storable.ts';

let store: StoreFixture;
beforeAll(async () => {
  store = await openStoreFixture();
});
afterAll(() => store.close());

test('Postgres reads the same texts that an array literal was built from', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }).map(storableText),
    fc.constantFrom('', 'NULL', '"', '\\', '{}', ',', ' a ', '\n', '\\"'),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(text, { nil: undefined })), async (values) => {
      const answer = await store.db.pool.query<{ values: (string | null)[] }>(
        'SELECT $1::text[] AS values',
        [arrayLiteral(values)],
      );
      expect(answer.rows[0]?.values).toEqual(values.map((value) => value ?? null));
    }),
  );
});
