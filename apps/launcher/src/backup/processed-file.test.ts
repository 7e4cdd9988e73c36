import { describe, expect, test } from '@jest/globals';
import { placeOf } from './processed-file.ts';

const TAKEN_AT_MS = Date.parse('2026-11-29T12:00:00Z');

/** A run id of version 7 that was made so many milliseconds after the snapshot. */
function runAt(offsetMs: number): string {
  const time = (TAKEN_AT_MS + offsetMs).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`;
}

const RUNNING = runAt(-3_600_000);
const PUBLISHED = runAt(-10_000);
const REMOVED = runAt(-86_400_000);
const LATER = runAt(5_000);

const snapshot = {
  takenAtMs: TAKEN_AT_MS,
  unfinishedRuns: new Set([RUNNING]),
  publishedReads: new Set([PUBLISHED]),
};

describe('placeOf', () => {
  test.each([
    ['a run that the snapshot has as published', PUBLISHED, 'processed'],
    ['a run that was removed from the history', REMOVED, 'processed'],
    ['a run that had not ended', RUNNING, 'delivered'],
    ['a run that began after the snapshot', LATER, 'delivered'],
  ])('a file that %s has moved belongs where the snapshot has it', (_what, run, place) => {
    expect(placeOf(`sales/orders/_processed/${run}/2026/a.csv`, snapshot)).toEqual({
      place,
      path: 'sales/orders/2026/a.csv',
    });
  });

  test('a file that no run has moved has no other place', () => {
    for (const file of [
      'sales/orders/a.csv',
      'sales/orders/_samples/a.csv',
      'sales/orders/_processed/a.csv',
    ]) {
      expect(placeOf(file, snapshot)).toBeUndefined();
    }
  });
});
