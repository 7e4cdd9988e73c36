import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, test } from '@jest/globals';
import { duckdbEngine } from '@rat/engine-duckdb';
import { rehearse } from './rehearse.ts';

test('a rehearsal answers its question, and writes nothing', async () => {
  expect(await rehearse(duckdbEngine)).toEqual([[1, '2']]);
  expect(existsSync(`${tmpdir()}/rehearsal`)).toBe(false);
});
