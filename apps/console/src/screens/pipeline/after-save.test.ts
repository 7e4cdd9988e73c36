import { describe, expect, test } from '@jest/globals';
import { filesOf, SQL_FILE } from './pipeline-files.ts';
import type { TaggedPipeline } from './pipeline-place.ts';
import { afterSave } from './after-save.ts';

function versionOf(version: number, sql: string): TaggedPipeline {
  const pipeline = { version, sql, config: {}, config_yaml: null, quality_tests: [] };
  return { pipeline: pipeline as unknown as TaggedPipeline['pipeline'], etag: `"${version}"` };
}

const before = versionOf(1, 'SELECT 1');
const sent = { ...filesOf(before.pipeline), [SQL_FILE]: 'SELECT 2' };
const stored = versionOf(2, 'SELECT 2');
const typed = (files: typeof sent) => ({
  unsaved: { version: 1, etag: '"1"', files, changedAt: '2026-02-12T14:00:00Z' },
  kept: undefined,
  base: before,
  generation: 3,
});

describe('the texts after a save', () => {
  test('are those of the new version, and editors go on with theirs', () => {
    expect(afterSave(typed(sent), stored, sent)).toEqual({
      unsaved: undefined,
      kept: undefined,
      base: stored,
      generation: 3,
    });
  });

  test('are a change of the new version when a person typed meanwhile', () => {
    const newer = { ...sent, [SQL_FILE]: 'SELECT 23' };
    expect(afterSave(typed(newer), stored, sent)).toMatchObject({
      unsaved: { version: 2, etag: '"2"', files: newer, changedAt: '2026-02-12T14:00:00Z' },
      base: stored,
      generation: 3,
    });
  });

  test('are read again by editors when the API stored another text', () => {
    const other = versionOf(2, 'SELECT 2;');
    expect(afterSave(typed(sent), other, sent)).toMatchObject({
      unsaved: undefined,
      generation: 4,
    });
  });

  test('are a change when the person went back to the old text meanwhile', () => {
    const back = { unsaved: undefined, kept: undefined, base: before, generation: 0 };
    expect(afterSave(back, stored, sent)).toMatchObject({
      unsaved: { version: 2, files: filesOf(before.pipeline) },
    });
  });
});
