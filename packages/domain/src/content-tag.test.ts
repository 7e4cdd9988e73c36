import { describe, expect, test } from '@jest/globals';
import { draftTag, holdsPrecondition, parseVersionTag, versionTag } from './content-tag.ts';

const HASH = '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef';
const V3 = versionTag(3, HASH);

describe('entity tags', () => {
  test('the tag of a version is a strong tag that names the version', () => {
    expect(V3).toBe('"3-0123456789abcdef"');
    expect(parseVersionTag(V3)).toBe(3);
  });

  test.each(['*', '3', 'W/"3-abc"', '"draft-1"', '"3"', '"x-1"', '"99999999999-a"'])(
    'the text %s names no version',
    (text) => expect(parseVersionTag(text)).toBeUndefined(),
  );

  test.each([
    ['no precondition holds for a thing', {}, [V3], true],
    ['no precondition holds for no thing', {}, [], true],
    ['the same tag matches', { match: [V3] }, [V3], true],
    ['one of several tags matches', { match: ['"1-a"', V3] }, [V3], true],
    ['another tag does not match', { match: ['"2-a"'] }, [V3], false],
    ['a weak tag does not match', { match: [`W/${V3}`] }, [V3], false],
    ['a tag does not match a thing that does not exist', { match: [V3] }, [], false],
    ['any matches a thing', { match: 'any' }, [V3], true],
    ['any does not match a thing that does not exist', { match: 'any' }, [], false],
    ['absence holds for no thing', { isAbsent: true }, [], true],
    ['absence does not hold for a thing', { isAbsent: true }, [V3], false],
    ['one of the tags of a thing is enough', { match: [V3] }, [draftTag('a'), V3], true],
  ] as const)('%s', (_, precondition, tags, expected) => {
    expect(holdsPrecondition(precondition, tags)).toBe(expected);
  });
});
