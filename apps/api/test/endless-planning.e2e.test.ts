import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startFleet, type Fleet } from '@rat/testing';

/**
 * The engine computes a call with constants while it plans a statement, and nothing interrupts this
 * one: it takes more than a minute, without reading a row.
 */
const SLOW_TO_PLAN = "SELECT levenshtein(repeat('ab', 150000), repeat('ba', 150000)) AS n, 1 AS id";
const REF = { namespace: 'default', layer: 'silver', name: 'slow' };

let fleet: Fleet;

beforeAll(async () => {
  const env = { RAT_MAINTENANCE_HOURS: '0', RAT_QUERY_TIMEOUT: '3' };
  fleet = await startFleet({ backend: 'postgres', apis: 1, runners: 1, env });
}, 120_000);
afterAll(() => fleet.close());

async function post(path: string, body: object) {
  const began = performance.now();
  const response = await fetch(`${fleet.apis[0]?.url}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer: unknown = await response.json();
  return { status: response.status, answer, seconds: (performance.now() - began) / 1_000 };
}

test.each([
  ['statement', { sql: SLOW_TO_PLAN }],
  ['quality test', { sql: 'SELECT 1 AS id', quality_tests: [{ name: 'rule', sql: SLOW_TO_PLAN }] }],
])(
  'a check of a %s that the engine plans for minutes ends within its limit, and says that it did not come to its end',
  async (_, files) => {
    const { status, answer, seconds } = await post('/pipelines/validate', { ref: REF, files });
    expect([status, answer]).toMatchObject([
      200,
      {
        issues: [
          { severity: 'warning', message: expect.stringContaining('not checked to its end') },
        ],
      },
    ]);
    expect(seconds).toBeLessThan(15);
    // The next check has a process that works.
    const next = await post('/pipelines/validate', { ref: REF, files: { sql: 'SELECT 1 AS id' } });
    expect(next).toMatchObject({ status: 200, answer: { issues: [] } });
  },
  60_000,
);

test('a preview of a statement that the engine plans for minutes is a 504 within its limit', async () => {
  const { status, seconds } = await post('/pipelines/preview', {
    ref: REF,
    files: { sql: SLOW_TO_PLAN },
  });
  expect(status).toBe(504);
  expect(seconds).toBeLessThan(15);
}, 60_000);

test('a PUT of a statement that the engine plans for minutes stores it within the limit of the check', async () => {
  const began = performance.now();
  const stored = await fetch(`${fleet.apis[0]?.url}/api/v1/pipelines/default/silver/slow`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sql: SLOW_TO_PLAN }),
  });
  expect(stored.status).toBe(201);
  expect(JSON.stringify(await stored.json())).toContain('not checked to its end');
  expect((performance.now() - began) / 1_000).toBeLessThan(15);
}, 60_000);
