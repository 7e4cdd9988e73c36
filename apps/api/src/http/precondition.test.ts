import { describe, expect, test } from '@jest/globals';
import { parsePrecondition } from './precondition.ts';

function parse(headers: Record<string, string>) {
  // Express declares `get` with overloads; this header is never `set-cookie`.
  const get = ((name: string) => headers[name]) as Parameters<typeof parsePrecondition>[0]['get'];
  return parsePrecondition({ get });
}

describe('the precondition of a write', () => {
  test.each([
    ['"1-a"', ['"1-a"']],
    ['"1-a", "2-b"', ['"1-a"', '"2-b"']],
    ['"1-a" ,, "2,b"', ['"1-a"', '"2,b"']],
    ['W/"1-a"', ['W/"1-a"']],
    ['*', 'any'],
  ])('If-Match: %s is parsed', (header, match) => {
    expect(parse({ 'If-Match': header })).toEqual({ match, isAbsent: false });
  });

  test.each(['1-a', '"1-a', '', '"a" "b"', '*, "a"', "'1-a'"])(
    'If-Match: %s is refused with the right form',
    (header) => {
      expect(() => parse({ 'If-Match': header })).toThrow('entity tags in their quotes');
    },
  );

  test('If-None-Match is only understood as a star', () => {
    expect(parse({ 'If-None-Match': '*' })).toEqual({ match: undefined, isAbsent: true });
    expect(() => parse({ 'If-None-Match': '"1-a"' })).toThrow('must be *');
  });

  test('a request without the headers expects nothing', () => {
    expect(parse({})).toEqual({ match: undefined, isAbsent: false });
  });
});
