import { expect, test } from '@jest/globals';
import { readKey, type Press } from './read-key.ts';

const press = (key: string, more: Partial<Press> = {}): Press => ({
  key,
  hasControl: false,
  hasAlt: false,
  isTyping: false,
  begun: undefined,
  ...more,
});

test('a letter is a key of the console, and a capital letter another one', () => {
  expect(readKey(press('e'), true)).toEqual({ kind: 'key', name: 'nextError' });
  expect(readKey(press('E'), true)).toEqual({ kind: 'key', name: 'previousError' });
  expect(readKey(press('z'), true)).toEqual({ kind: 'none' });
});

test('the second key of a sequence is never read as a key of its own', () => {
  expect(readKey(press('g'), true)).toEqual({ kind: 'begun', by: 'g' });
  expect(readKey(press('r', { begun: 'g' }), true)).toEqual({ kind: 'key', name: 'goRuns' });
  expect(readKey(press('c', { begun: 'g' }), true)).toEqual({ kind: 'none' });
});

test('while a person types, only a key with Ctrl is one of the console', () => {
  expect(readKey(press('r', { isTyping: true }), true)).toEqual({ kind: 'none' });
  expect(readKey(press('k', { isTyping: true, hasControl: true }), true)).toEqual({
    kind: 'key',
    name: 'palette',
  });
});

test('single letters that are turned off do nothing, and Ctrl-K stays', () => {
  for (const key of ['?', '/', 'g', 'j', 'r'])
    expect(readKey(press(key), false)).toEqual({ kind: 'none' });
  expect(readKey(press('k', { hasControl: true }), false).kind).toBe('key');
});

test('a key of the browser or of the system is left alone', () => {
  expect(readKey(press('r', { hasControl: true }), true)).toEqual({ kind: 'none' });
  expect(readKey(press('e', { hasAlt: true }), true)).toEqual({ kind: 'none' });
});
