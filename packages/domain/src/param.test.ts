import { describe, expect, test } from '@jest/globals';
import { findParamProblem, findParamProblems, paramLiteral, type ParamSpec } from './param.ts';

const COLOURS: ParamSpec = { type: 'enum', values: ['red', 'green'] };

describe('the value of a parameter', () => {
  test.each<[ParamSpec, string | number | boolean, boolean]>([
    [{ type: 'date' }, '2026-02-28', true],
    [{ type: 'date' }, '2026-02-30', false],
    [{ type: 'date' }, '2026-2-3', false],
    [{ type: 'date' }, 20260228, false],
    [{ type: 'timestamp' }, '2026-02-28T10:00:00Z', true],
    [{ type: 'timestamp' }, '2026-02-28T10:00+01:00', true],
    [{ type: 'timestamp' }, '2026-02-28T10:00:00', false],
    [{ type: 'integer' }, 5, true],
    [{ type: 'integer' }, 5.5, false],
    [{ type: 'integer' }, '5', false],
    [{ type: 'integer' }, 2 ** 60, false],
    [{ type: 'number' }, 5.5, true],
    [{ type: 'number' }, '5.5', false],
    [{ type: 'boolean' }, true, true],
    [{ type: 'boolean' }, 'true', false],
    [COLOURS, 'red', true],
    [COLOURS, 'blue', false],
    [{ type: 'string' }, 'x'.repeat(1_000), true],
    [{ type: 'string' }, 'x'.repeat(1_001), false],
    [{ type: 'string' }, 'a\0b', false],
  ])('of %j, %j is valid: %s', (spec, value, isValid) => {
    expect(findParamProblem(spec, value) === undefined).toBe(isValid);
  });

  test('an unknown name is refused with the known ones, and a value that is too much with the limit', () => {
    expect(findParamProblems({ day: { type: 'date' } }, { dya: 'x' })).toEqual([
      { name: 'dya', message: 'is not known: the pipeline declares day' },
    ]);
    expect(findParamProblems({}, { constructor: 'x' })).toHaveLength(1);
    const specs = Object.fromEntries(
      Array.from({ length: 20 }, (_, n) => [`p${n}`, { type: 'string' } as const]),
    );
    const values = Object.fromEntries(Object.keys(specs).map((name) => [name, 'x'.repeat(1_000)]));
    expect(findParamProblems(specs, values)).toEqual([
      { name: '', message: 'must be at most 16384 bytes together' },
    ]);
  });

  test('it is a literal of its type, whatever its text is', () => {
    expect(paramLiteral({ type: 'string' }, `'; DROP TABLE x; --`)).toBe(
      `CAST('''; DROP TABLE x; --' AS VARCHAR)`,
    );
    expect(paramLiteral({ type: 'integer', default: 3 }, undefined)).toBe(`CAST('3' AS BIGINT)`);
    expect(paramLiteral({ type: 'boolean' }, false)).toBe(`CAST('false' AS BOOLEAN)`);
    expect(paramLiteral({ type: 'date' }, undefined)).toBe('CAST(NULL AS DATE)');
  });
});
