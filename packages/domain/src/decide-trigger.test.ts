import { expect, test } from '@jest/globals';
import {
  decideTrigger,
  descend,
  fireTime,
  isLoop,
  type InputNews,
  type MatchRule,
  type TriggerMarks,
  type TriggerPace,
} from './decide-trigger.ts';

const at = (seconds: number): Date => new Date(seconds * 1_000);
const PACE: TriggerPace = {
  debounceSeconds: 0,
  maxWaitSeconds: undefined,
  cooldownSeconds: 0,
  maxPerHour: 120,
};
const NOTHING: TriggerMarks = {
  firstChangeAt: undefined,
  lastChangeAt: undefined,
  lastFiredAt: undefined,
};
const ANY: MatchRule = { match: 'any', withinSeconds: undefined, notBefore: undefined };
const ALL: MatchRule = { ...ANY, match: 'all' };
const news = (seconds?: number): InputNews => ({
  isNew: seconds !== undefined,
  latestAt: seconds === undefined ? undefined : at(seconds),
});

function decide(
  inputs: InputNews[],
  given: {
    pace?: Partial<TriggerPace>;
    marks?: Partial<TriggerMarks>;
    rule?: MatchRule;
    fired?: number;
  } = {},
) {
  return decideTrigger(
    {
      pace: { ...PACE, ...given.pace },
      marks: { ...NOTHING, ...given.marks },
      inputs,
      rule: given.rule ?? ANY,
      firedLastHour: given.fired ?? 0,
    },
    at(100),
  );
}

test('a trigger without news does nothing, whatever it was notified of', () => {
  expect(decide([news()], { marks: { lastChangeAt: at(99) } })).toEqual({ kind: 'idle' });
});

test('news that no notice announced fire too', () => {
  expect(decide([news(50)])).toEqual({ kind: 'fire' });
});

test.each([
  ['debounce counts from the last change', { debounceSeconds: 5 }, at(103)],
  ['max_wait counts from the first change', { debounceSeconds: 60, maxWaitSeconds: 30 }, at(120)],
  ['cooldown counts from the last firing', { cooldownSeconds: 200 }, at(280)],
  [
    'the later of debounce and cooldown counts',
    { debounceSeconds: 5, cooldownSeconds: 1 },
    at(103),
  ],
])('%s', (_name, pace, until) => {
  const marks = { firstChangeAt: at(90), lastChangeAt: at(98), lastFiredAt: at(80) };
  expect(decide([news(98)], { pace, marks })).toEqual({ kind: 'wait', until });
  expect(fireTime({ ...PACE, ...pace }, { ...NOTHING, ...marks })).toEqual(until);
});

test('a trigger that fired as often as an hour allows is capped', () => {
  expect(decide([news(99)], { fired: 119 })).toEqual({ kind: 'fire' });
  expect(decide([news(99)], { fired: 120 })).toEqual({ kind: 'capped' });
});

test('match any needs one input with news, and match all needs every one', () => {
  expect(decide([news(), news(99)])).toEqual({ kind: 'fire' });
  expect(decide([news(), news(99)], { rule: ALL })).toEqual({ kind: 'idle' });
  expect(decide([news(1), news(99)], { rule: ALL })).toEqual({ kind: 'fire' });
  expect(decide([], { rule: ALL })).toEqual({ kind: 'idle' });
});

test('news that lie too far apart do not belong together', () => {
  const rule = { ...ALL, withinSeconds: 10 };
  expect(decide([news(89), news(99)], { rule })).toEqual({ kind: 'fire' });
  expect(decide([news(88), news(99)], { rule })).toEqual({ kind: 'idle' });
});

test('news from before the time of the pattern do not count', () => {
  const rule = { ...ALL, notBefore: at(90) };
  expect(decide([news(90), news(99)], { rule })).toEqual({ kind: 'fire' });
  expect(decide([news(89), news(99)], { rule })).toEqual({ kind: 'idle' });
});

test('a firing descends from the firings of all its causes', () => {
  const parents = [
    { sourceId: 'a', depth: 0, ancestors: [] },
    { sourceId: 'b', depth: 4, ancestors: ['x', 'a'] },
  ];
  expect(descend(parents)).toEqual({ depth: 5, ancestors: ['a', 'x', 'b'] });
  expect(descend([])).toEqual({ depth: 0, ancestors: [] });
});

test('a trigger among its own causes is a loop, and so is a chain of more than 32 firings', () => {
  expect(isLoop('a', { depth: 2, ancestors: ['b', 'a'] })).toBe(true);
  expect(isLoop('a', { depth: 32, ancestors: ['b'] })).toBe(false);
  expect(isLoop('a', { depth: 33, ancestors: ['b'] })).toBe(true);
});
