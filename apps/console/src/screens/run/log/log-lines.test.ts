import { expect, test } from '@jest/globals';
import { ShownLines, type LogLine } from './log-lines.ts';

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
