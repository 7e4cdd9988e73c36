import { expect, test } from '@jest/globals';
import { countTextLines, ShownLines, type LogLine } from './log-lines.ts';

function line(seq: number, message: string, level: LogLine['level'] = 'info'): LogLine {
  const timestamp = '2026-11-29T14:00:00.000Z';
  return { seq, timestamp, level, message, phase: 'write', attempt: 1 };
}

const NO_FILTER = { level: undefined, phase: undefined, attempt: undefined };

test('every line stands below the line before it, by as many texts as that one has', () => {
  const shown = new ShownLines(NO_FILTER);
  shown.read([line(1, 'one'), line(2, 'two\nthree'), line(3, 'four')]);
  expect([0, 1, 2].map((place) => shown.topOf(place))).toEqual([0, 20, 60]);
  expect(shown.height).toBe(80);
  expect([0, 19, 20, 59, 60, 1_000].map((px) => shown.placeAt(px))).toEqual([0, 0, 1, 1, 2, 2]);
});

test('a filter keeps the numbers of the lines that it shows', () => {
  const shown = new ShownLines({ ...NO_FILTER, level: 'warn' });
  const lines = [line(1, 'a'), line(2, 'b', 'warn'), line(3, 'c'), line(4, 'd', 'error')];
  shown.read(lines);
  expect(shown.indexes).toEqual([1, 3]);
  expect(shown.errors).toEqual([1]);
  expect([0, 1, 2, 3].map((index) => shown.placeOf(index))).toEqual([0, 0, 1, 1]);
});

test('lines that arrive later change nothing above them', () => {
  const shown = new ShownLines(NO_FILTER);
  const lines = [line(1, 'one\ntwo')];
  shown.read(lines);
  lines.push(line(2, 'three'));
  shown.read(lines);
  expect([shown.topOf(0), shown.topOf(1), shown.height]).toEqual([0, 40, 60]);
});

test('a wrapped message is as tall as its breaks at the columns and at its line feeds make it', () => {
  const count = (message: string): number => countTextLines(message, 10);
  expect(count('')).toBe(1);
  expect(count('x'.repeat(10))).toBe(1);
  expect(count('x'.repeat(11))).toBe(2);
  expect(count(`${'x'.repeat(25)}\n\ny`)).toBe(5);
  // Signs that take two columns.
  expect(count('表'.repeat(6))).toBe(2);
  expect(countTextLines('x'.repeat(1_000))).toBe(1);
});

test('lines below a wrapped one stand below all of its text', () => {
  const shown = new ShownLines(NO_FILTER, 10);
  shown.read([line(1, 'x'.repeat(21)), line(2, 'y')]);
  expect([shown.topOf(0), shown.topOf(1), shown.height]).toEqual([0, 60, 80]);
});
