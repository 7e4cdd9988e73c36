import { expect, test } from '@jest/globals';
import { landingNameProblem } from '@rat/domain';
import { landingFileId, parseNamedFile } from './landing-file-id.ts';

const FILE = { name: 'orders juli ü.csv', bytes: 1_234, modified_at: '2026-02-12T14:00:00.123Z' };

test('an id leads back to the name, the size and the time of its file', () => {
  expect(parseNamedFile(landingFileId(FILE))).toEqual({
    name: FILE.name,
    only: { bytes: 1_234, modified_at: '2026-02-12T14:00:00.123Z' },
  });
});

test('a replaced file has another id, and two files of one zone never share one', () => {
  const later = { ...FILE, modified_at: '2026-02-12T14:00:00.124Z' };
  const ids = [FILE, later, { ...FILE, bytes: 1_235 }, { ...FILE, name: 'b.csv' }].map(
    landingFileId,
  );
  expect(new Set(ids).size).toBe(4);
});

test('no file can be named like an id, so a name is never taken for one', () => {
  expect(landingNameProblem(landingFileId(FILE))).toContain('must not contain');
  const uuid = '01a222f5-2531-745e-8d88-c840467e0217';
  expect(parseNamedFile(uuid)).toEqual({ name: uuid, only: undefined });
});

test('an id can be part of a path as it is', () => {
  expect(landingFileId(FILE)).toMatch(/^\*[\w.-]+$/);
});

test.each([
  '*',
  '*b.1',
  '*b.1.2.3',
  '*.1.2',
  '*Lg.1.2',
  '*YS9i.1.2',
  '*YQ.x!.2',
  '*YQ.1.zzzzzzzzzzz',
  '',
])('a text that is neither a name nor an id is refused: %s', (text) => {
  expect(() => parseNamedFile(text)).toThrow(/must/);
});
