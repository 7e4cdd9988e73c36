import { describe, expect, test } from '@jest/globals';
import { planPull } from './plan-pull.ts';

const STATES = [undefined, 'old', 'new', 'mine'] as const;
const FILE = 'pipelines/a/gold/b/pipeline.sql';

function planOf(states: Record<'wanted' | 'recorded' | 'onDisk', string | undefined>): string {
  const of = (hash: string | undefined) => new Map(hash === undefined ? [] : [[FILE, hash]]);
  const { wanted, recorded, onDisk } = states;
  const plan = planPull({ wanted: of(wanted), recorded: of(recorded), onDisk: of(onDisk) });
  const lists = Object.entries(plan).filter(([, paths]) => (paths as string[]).length > 0);
  expect(lists.length).toBeLessThanOrEqual(1);
  return lists[0]?.[0] ?? 'nothing';
}

describe('planPull', () => {
  test.each([
    // published, recorded, in the folder
    ['new', undefined, undefined, 'write'],
    ['new', 'old', 'old', 'write'],
    ['new', 'old', 'new', 'nothing'],
    ['new', undefined, 'new', 'nothing'],
    ['new', undefined, 'old', 'changed'],
    ['new', 'old', 'mine', 'changed'],
    ['new', 'old', undefined, 'write'],
    [undefined, 'old', 'old', 'remove'],
    [undefined, 'old', 'mine', 'orphaned'],
    [undefined, 'old', undefined, 'nothing'],
    [undefined, undefined, 'mine', 'nothing'],
  ])('published %s, recorded %s, in the folder %s: %s', (wanted, recorded, onDisk, what) => {
    expect(planOf({ wanted, recorded, onDisk })).toBe(what);
  });

  test('nothing is written over or removed that no pull wrote, in any state', () => {
    for (const wanted of STATES) {
      for (const recorded of STATES) {
        for (const onDisk of STATES) {
          const what = planOf({ wanted, recorded, onDisk });
          const isTheirs = onDisk !== undefined && onDisk !== recorded && onDisk !== wanted;
          if (isTheirs) expect(['changed', 'orphaned', 'nothing']).toContain(what);
        }
      }
    }
  });
});
