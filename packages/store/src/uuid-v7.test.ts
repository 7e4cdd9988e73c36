import { expect, test } from '@jest/globals';
import { uuidV7 } from './uuid-v7.ts';

test('an id is a version 7 UUID that begins with its moment, and no two are alike', () => {
  const at = new Date('2026-02-12T14:00:00.123Z');
  const ids = Array.from({ length: 1_000 }, () => uuidV7(at));
  for (const id of ids) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(at.getTime());
  }
  expect(new Set(ids).size).toBe(ids.length);
});
