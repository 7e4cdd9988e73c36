import { expect, test } from '@jest/globals';
import { describeSample, toSample } from './quality-sample.ts';

test('a long cell is cut between two characters, never within one', () => {
  for (const padding of ['', 'a']) {
    const cell = `${padding}${'\u{1f986}'.repeat(300)}`;
    const { rows } = toSample({ columns: ['c'], rows: [[cell]], rowCount: 1 });
    const [[shown = ''] = []] = rows;
    expect(shown?.endsWith('…')).toBe(true);
    expect(Buffer.from(shown ?? '').toString('utf8')).toBe(shown);
    expect(cell.startsWith((shown ?? '').slice(0, -1))).toBe(true);
  }
});

test('NULL and the text NULL are two cells in a sample', () => {
  const sample = toSample({ columns: ['c'], rows: [[null], ['NULL'], ['']], rowCount: 3 });
  expect(sample.rows).toEqual([[null], ['NULL'], ['']]);
  expect(describeSample(sample)).toBe('\n  c=NULL\n  c=NULL\n  c=');
});
