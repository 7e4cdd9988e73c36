import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { diffBudget, diffLines, type LineDiff } from './diff-lines.ts';

const diff = (before: string, after: string, steps?: number): LineDiff =>
  diffLines(before, after, steps === undefined ? diffBudget() : { steps });

/** Applies the hunks of a unified diff as `patch` does, and checks every line that they quote. */
function patch(before: string, hunks: string): string {
  const old = before.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const result: string[] = [];
  let at = 0;
  const lines = hunks.split('\n').slice(0, -1);
  for (const [index, line] of lines.entries()) {
    const header = /^@@ -(\d+),(\d+) \+(\d+),(\d+) @@$/.exec(line);
    if (header !== null) {
      const [first = 0, length = 0, start = 0, count = 0] = header.slice(1).map(Number);
      const from = length === 0 ? first : first - 1;
      result.push(...old.slice(at, from));
      at = from;
      expect(result).toHaveLength(count === 0 ? start : start - 1);
      continue;
    }
    if (line.startsWith('\\')) continue;
    const text = `${line.slice(1)}${lines[index + 1]?.startsWith('\\') ? '' : '\n'}`;
    if (line.startsWith('+')) {
      result.push(text);
      continue;
    }
    expect(old[at]).toBe(text);
    at += 1;
    if (line.startsWith(' ')) result.push(text);
  }
  return [...result, ...old.slice(at)].join('');
}

describe('the line diff', () => {
  test('a changed line is shown between three lines of context', () => {
    const before = 'a\nb\nc\nd\ne\nf\ng\nh\ni\n';
    expect(diff(before, before.replace('e', 'E'))).toEqual({
      hunks: '@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+E\n f\n g\n h\n',
      added: 1,
      removed: 1,
      isCoarse: false,
    });
  });

  test('two distant changes are two hunks, and two near ones are one', () => {
    const lines = Array.from({ length: 30 }, (_, n) => `line ${n}\n`);
    const change = (...at: number[]): string =>
      lines.map((line, n) => (at.includes(n) ? 'new\n' : line)).join('');
    const hunks = (text: string): number => text.split('@@ -').length - 1;
    expect(hunks(diff(lines.join(''), change(3, 20)).hunks)).toBe(2);
    expect(hunks(diff(lines.join(''), change(3, 10)).hunks)).toBe(1);
  });

  test('equal texts have no hunks', () => {
    expect(diff('a\n', 'a\n')).toMatchObject({ hunks: '', added: 0, removed: 0 });
    expect(diff('', '')).toMatchObject({ hunks: '', added: 0, removed: 0 });
  });

  test('a missing line feed at the end of a text is a difference', () => {
    expect(diff('a\nb', 'a\nb\n').hunks).toBe(
      '@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n',
    );
  });

  test('a text that appears or disappears is one hunk', () => {
    expect(diff('', 'a\nb\n').hunks).toBe('@@ -0,0 +1,2 @@\n+a\n+b\n');
    expect(diff('a\nb\n', '').hunks).toBe('@@ -1,2 +0,0 @@\n-a\n-b\n');
  });

  const text = fc
    .array(fc.constantFrom('a', 'b', 'c', '', '@@', '-x'), { maxLength: 25 })
    .chain((lines) =>
      fc.constantFrom('', '\n').map((end) => lines.join('\n') + (lines.length > 0 ? end : '')),
    );

  test('a diff turns the first text into the second, whatever the budget is', () => {
    fc.assert(
      fc.property(text, text, fc.constantFrom(0, 5, 100_000), (before, after, steps) => {
        expect(patch(before, diff(before, after, steps).hunks)).toBe(after);
      }),
    );
  });

  test('the number of edits is the least there can be', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const { added, removed } = diff(before, after);
        const split = (of: string): string[] => of.match(/[^\n]*\n|[^\n]+$/g) ?? [];
        const [a, b] = [split(before), split(after)];
        expect(added + removed).toBe(a.length + b.length - 2 * longestCommon(a, b));
      }),
    );
  });

  test('two megabytes of text without a common line are compared within bounds', () => {
    const lines = (word: string): string =>
      Array.from({ length: 125_000 }, (_, n) => `${word}${n % 1000}\n`).join('');
    const startedMs = performance.now();
    const { added, removed, isCoarse } = diff(lines('a'), lines('b'));
    expect({ added, removed, isCoarse }).toEqual({
      added: 125_000,
      removed: 125_000,
      isCoarse: true,
    });
    // The limit catches quadratic work, which takes minutes, and not a slow machine.
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });

  test('few changes in a megabyte of text are found exactly', () => {
    const lines = Array.from({ length: 100_000 }, (_, n) => `line ${n}\n`);
    const after = lines.flatMap((line, n) => (n % 1_000 === 7 ? ['new\n', line] : [line]));
    const { added, removed, isCoarse } = diff(lines.join(''), after.join(''));
    expect({ added, removed, isCoarse }).toEqual({ added: 100, removed: 0, isCoarse: false });
  });
});

/** The length of the longest common subsequence, by the textbook's table. */
function longestCommon(a: readonly string[], b: readonly string[]): number {
  let row = Array.from({ length: b.length + 1 }, () => 0);
  for (const one of a) {
    const next = [0];
    for (const [n, other] of b.entries()) {
      next.push(one === other ? (row[n] ?? 0) + 1 : Math.max(row[n + 1] ?? 0, next[n] ?? 0));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
