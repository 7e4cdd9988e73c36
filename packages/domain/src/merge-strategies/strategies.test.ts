import { describe, expect, test } from '@jest/globals';
import { comparesRows, MERGE_STRATEGIES, STRATEGIES } from './strategies.ts';
import { MERGE_SETTINGS, type ChangePlan, type MergeInput } from './strategy.ts';

const INPUT: MergeInput = {
  columns: ['id', 'word', 'valid_from', 'valid_to', 'is_current'],
  keys: ['id'],
  versions: { validFrom: 'valid_from', validTo: 'valid_to', isCurrent: 'is_current' },
  onMissing: 'close',
  runStartedAt: '2026-07-01T10:00:00.000Z',
};

test('each setting of a merge is used by a strategy', () => {
  const used = new Set(
    MERGE_STRATEGIES.flatMap((name) => [...STRATEGIES[name].needs, ...STRATEGIES[name].takes]),
  );
  expect([...used].sort()).toEqual([...MERGE_SETTINGS].sort());
});

describe.each(MERGE_STRATEGIES)('%s', (name) => {
  const { needs, takes, dependsOn, write } = STRATEGIES[name];

  test('a strategy names each of its settings once', () => {
    const named = [...needs, ...takes];
    expect(new Set(named).size).toBe(named.length);
  });

  test('a strategy that compares rows depends on them, and no other strategy does', () => {
    expect(dependsOn === 'rows').toBe(comparesRows(name));
  });

  test('a plan is standard SQL, so that any engine can run it', () => {
    if (write.kind !== 'compare') return;
    const { changes, affected, closed = '' }: ChangePlan = write.plan(INPUT);
    const sql = [changes, affected, closed].join('\n');
    expect(sql).toContain('__rat_');
    // Words of the dialects of DuckDB and Spark that standard SQL lacks.
    expect(sql).not.toMatch(/\b(?:QUALIFY|ANTI|SEMI|EXCLUDE|REPLACE|ASOF|STRUCT)\b|::|<=>/i);
  });
});
