import { describe, expect, test } from '@jest/globals';
import { QueryPlaces } from './query-places.ts';

const WAIT_MS = 5_000;
const open = (places: number, maxWaiting = 10): QueryPlaces =>
  new QueryPlaces({ places, waitMs: WAIT_MS, maxWaiting });

describe('QueryPlaces', () => {
  test.each([
    [1, 1],
    [2, 1],
    [3, 2],
    [8, 7],
  ])('of %i places one client holds at most %i', (places, share) => {
    const line = open(places);
    for (let i = 0; i < 20; i += 1) line.enter('a', 0);
    expect(line.begin()).toHaveLength(share);
  });

  test('two long queries of one client leave the preview of another a place at once', () => {
    const line = open(2);
    line.enter('a', 0);
    line.enter('a', 0);
    line.begin();
    const preview = line.enter('b', 1);
    expect(line.begin()).toEqual([preview]);
  });

  test('a query that waits begins when a place is free again', () => {
    const line = open(1);
    const first = line.enter('a', 0);
    const second = line.enter('b', 0);
    expect(line.begin()).toEqual([first]);
    expect(line.begin()).toEqual([]);
    line.leave(first ?? 0);
    expect(line.begin()).toEqual([second]);
  });

  test('a query that has waited too long is taken out of the line', () => {
    const line = open(1);
    line.enter('a', 0);
    line.begin();
    const late = line.enter('b', 100);
    expect(line.expire(WAIT_MS + 99)).toEqual([]);
    expect(line.expire(WAIT_MS + 100)).toEqual([late]);
    expect(line.begin()).toEqual([]);
  });

  test('a client that has too many queries in line is refused at once, another client is not', () => {
    const line = open(1, 2);
    expect(line.enter('a', 0)).toBeDefined();
    expect(line.enter('a', 0)).toBeDefined();
    expect(line.enter('a', 0)).toBeUndefined();
    expect(line.enter('b', 0)).toBeDefined();
  });

  test('of two clients the one that holds fewer places is served first, however many queries the other has in line', () => {
    const line = open(4);
    for (let i = 0; i < 10; i += 1) line.enter('a', 0);
    line.begin();
    const other = line.enter('b', 1);
    expect(line.begin()).toEqual([other]);
  });

  test('in an hour of simulated time no client that asks now and then is ever refused by a flood of another', () => {
    const line = open(3);
    const ends = new Map<number, number>();
    const waits: number[] = [];
    const asked = new Map<number, number>();
    let refused = 0;
    for (let now = 0; now < 3_600_000; now += 100) {
      for (const [ticket, end] of ends) {
        if (end > now) continue;
        line.leave(ticket);
        ends.delete(ticket);
      }
      // The flood: ten queries a second, of 60 s each. The other: one of 1 s every 5 s.
      line.enter('flood', now);
      if (now % 5_000 === 0) {
        const ticket = line.enter('other', now);
        if (ticket === undefined) refused += 1;
        else asked.set(ticket, now);
      }
      for (const ticket of line.begin()) {
        const since = asked.get(ticket);
        ends.set(ticket, now + (since === undefined ? 60_000 : 1_000));
        if (since !== undefined) waits.push(now - since);
      }
      refused += line.expire(now).filter((ticket) => asked.has(ticket)).length;
    }
    expect(refused).toBe(0);
    expect(waits).toHaveLength(720);
    expect(Math.max(...waits)).toBe(0);
  });
});
