import { expect, test } from '@jest/globals';
import { includesNamespaces, intersectNamespaces, type NamespaceSet } from './namespace-set.ts';

test.each<[NamespaceSet, NamespaceSet, NamespaceSet]>([
  [undefined, undefined, undefined],
  [undefined, ['a'], ['a']],
  [['a'], undefined, ['a']],
  [['a', 'b'], ['b', 'c'], ['b']],
  // No namespace in common is none, and never all.
  [['a'], ['b'], []],
])('the namespaces of both %j and %j are %j', (one, other, both) => {
  expect(intersectNamespaces(one, other)).toEqual(both);
});

test.each<[NamespaceSet, NamespaceSet, boolean]>([
  [undefined, undefined, true],
  [undefined, ['a'], true],
  [['a'], undefined, false],
  [['a', 'b'], ['b'], true],
  [['a'], ['a', 'b'], false],
  [[], [], true],
])('that %j has every namespace of %j is %j', (outer, inner, answer) => {
  expect(includesNamespaces(outer, inner)).toBe(answer);
});
