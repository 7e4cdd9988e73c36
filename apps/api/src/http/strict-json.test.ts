import { describe, expect, test } from '@jest/globals';
import { InputError } from '@rat/domain';
import fc from 'fast-check';
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
    ['[[],{"a":[1,{"b":2},"\\ud800"]}]', '1.a.2', 'must not contain half of a surrogate pair'],
    ['{"a":{"b\\udc00":1}}', 'a', 'must not contain half of a surrogate pair in a key'],
  ])('a character that cannot be stored is placed: %s', (text, path, message) => {
    expect(refusal(text).issues).toEqual([{ path, message }]);
  });

  test('a body may have 64 levels, and one more is refused, whatever closes them', () => {
    const nested = (levels: number): string =>
      Array.from({ length: levels }, (_, n) => (n % 2 === 0 ? '{"a":' : '[')).join('');
    const close = Array.from({ length: 64 }, (_, n) => (n % 2 === 0 ? ']' : '}')).join('');
    expect(parseStrictJson(`${nested(64)}1${close}`)).toBeDefined();
    expect(parseStrictJson(`[${'[],'.repeat(100)}"[[["]`)).toHaveLength(101);
    for (const text of [nested(65), '['.repeat(100_000), `${'['.repeat(65)}${']'.repeat(65)}`]) {
      expect(refusal(text).issues).toEqual([
        { path: '', message: 'must not have more than 64 levels' },
      ]);
    }
  });

  test('every value that Postgres can store is parsed as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 1), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent);
        expect(parseStrictJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  test('every object with a repeated key is refused', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), (object, key) => {
        const rest = Object.entries({ ...object, [key]: 1 });
        const fields = [...rest, [key, 2]].map(
          ([name, field]) => `${JSON.stringify(name)}:${JSON.stringify(field)}`,
        );
        expect(refusal(`[{${fields.join()}}]`).message).toContain('is given twice');
      }),
    );
  });

  test('JSON with more lists, objects or keys than the limit is refused', () => {
    const keys = Array.from({ length: 20_001 }, (_, n) => `"k${n}":1`);
    const tooMany = [{ path: '', message: 'must not have more than 20000 keys' }];
    expect(refusal(`{${keys.join()}}`).issues).toEqual(tooMany);
    const message = 'must not have more than 200000 lists and objects';
    expect(refusal(`[${'{},'.repeat(200_000)}{}]`).issues).toEqual([{ path: '', message }]);
    const inText = JSON.stringify(['[{:"\\'.repeat(200_001), '[']);
    expect(parseStrictJson(inText)).toEqual(JSON.parse(inText));
  });

  test('long JSON does not overflow the stack', () => {
    const long = JSON.stringify({ sql: '\\"'.repeat(300_000) });
    expect(parseStrictJson(long)).toEqual(JSON.parse(long));
  });
});
