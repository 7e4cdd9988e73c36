import { describe, expect, test } from '@jest/globals';
import type { QualityTest } from '@rat/contracts';
import { contentHash } from './content-hash.ts';

const first: QualityTest = { name: 'a', sql: 'select 1', severity: 'error' };
const second: QualityTest = { name: 'b', sql: 'select 2', severity: 'warn' };

describe('contentHash', () => {
  test('a content hash does not depend on the order of keys or tests, or on undefined fields', () => {
    const one = contentHash({
      sql: 'select 1',
      config: { max_retries: 1, timeout_seconds: 2 },
      qualityTests: [first, second],
    });
    const other = contentHash({
      sql: 'select 1',
      config: { timeout_seconds: 2, description: undefined, max_retries: 1 },
      qualityTests: [second, { ...first, description: undefined }],
    });
    expect(other).toBe(one);
    expect(one).toMatch(/^[0-9a-f]{64}$/);
  });

  test('a content hash depends on the SQL, the config and the tests', () => {
    const base = { sql: 'select 1', config: {}, qualityTests: [first] };
    const hashes = [
      contentHash(base),
      contentHash({ ...base, sql: 'select 2' }),
      contentHash({ ...base, config: { max_retries: 0 } }),
      contentHash({ ...base, qualityTests: [] }),
      contentHash({ ...base, qualityTests: [{ ...first, severity: 'warn' }] }),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});
