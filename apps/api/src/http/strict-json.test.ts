import { describe, expect, test } from '@jest/globals';
import { InputError } from '@rat/domain';
import { parseStrictJson } from './strict-json.ts';

function refusal(text: string): InputError {
  try {
    parseStrictJson(text);
  } catch (error) {
    if (error instanceof InputError) return error;
  }
  throw new Error(`accepted: ${text.slice(0, 50)}`);
}

describe('parseStrictJson', () => {
  test.each([
    '{"a":{"k":1},"b":{"k":2},"c":[{"k":1},{"k":2}]}',
    '{"a":"a","b":"\\"a\\":1","c":["a","a"]}',
    '[1,"{",{"}":"]"}]',
    '{"a":"\\ud83d\\ude00"}',
  ])('an object may have each key once: %s', (text) => {
    expect(parseStrictJson(text)).toEqual(JSON.parse(text));
  });

  test.each([
    ['{"a":1,"a":1}', 'a'],
    ['{"x":[{"b":{"limit":1, "limit" : 2}}]}', 'limit'],
    ['{"a":1,"\\u0061":2}', 'a'],
    ['{"":1,"":2}', ''],
    ['{"__proto__":1,"__proto__":2}', '__proto__'],
  ])('a key that is given twice is named: %s', (text, key) => {
    expect(refusal(text).message).toBe(`invalid request body: the key ${key} is given twice`);
  });

  test.each([
    ['{"a":{"b":["x","y\\u0000"]}}', 'a.b.1', 'must not contain the character NUL'],
    ['{"a":"\\ud800"}', 'a', 'must not contain half of a surrogate pair'],
    ['{"a":{"b\\udc00":1}}', 'a', 'must not contain half of a surrogate pair in a key'],
  ])('a character that cannot be stored is placed: %s', (text, path, message) => {
    expect(refusal(text).issues).toEqual([{ path, message }]);
  });

  test('depth and length cost no stack', () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    const long = JSON.stringify({ sql: '\\"'.repeat(300_000) });
    expect(Array.isArray(parseStrictJson(deep))).toBe(true);
    expect(parseStrictJson(long)).toEqual(JSON.parse(long));
  });
});
