import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { writeYaml } from './write-yaml.ts';

test.each([
  {},
  { description: 'a: "b" # c\nsecond line', owner: 'null' },
  { true: { severity: 'warn', tags: ['a, b', 'no'] }, other: { tags: [], empty: {} } },
])('a YAML parser reads what was written: %j', (map) => {
  expect(parse(writeYaml(map))).toEqual(map);
});

test('what is undefined is left out', () => {
  expect(writeYaml({ a: undefined, b: 1 })).toBe('b: 1\n');
});
