import { expect, test } from '@jest/globals';
import { findFiringFaults, type AutomationFacts, type ToldFiring } from './check-firings.ts';

const at = (seconds: number): Date => new Date(1_800_000_000_000 + seconds * 1_000);

const TIMED = {
  id: 's',
  name: 'every-10',
  everySeconds: 10,
  offsetSeconds: 0,
  after: at(0),
  until: at(45),
};

function ran(id: string, seconds: number): ToldFiring {
  return {
    id,
    sourceId: 's',
    outcome: 'run',
    scheduledFor: at(seconds),
    scheduledUntil: undefined,
    count: 1,
    runId: `run of ${id}`,
    causes: [],
    runs: [`run of ${id}`],
  };
}

function left(id: string, from: number, until: number): ToldFiring {
  const count = (until - from) / 10 + 1;
  const times = { scheduledFor: at(from), scheduledUntil: at(until), count };
  return { ...ran(id, from), ...times, outcome: 'missed', runId: undefined, runs: [] };
}

function fired(id: string, ...causes: string[]): ToldFiring {
  return { ...ran(id, 0), sourceId: 't', scheduledFor: undefined, causes };
}

const facts = (more: Partial<AutomationFacts>): AutomationFacts => ({
  timed: [TIMED],
  caused: [{ id: 't', name: 'after', causes: ['run a', 'run b'] }],
  firings: [
    ran('1', 10),
    left('2', 20, 30),
    ran('3', 40),
    fired('4', 'run a'),
    fired('5', 'run b'),
  ],
  orphans: [],
  ...more,
});

const without = (id: string, ...more: ToldFiring[]): Partial<AutomationFacts> => ({
  firings: [...facts({}).firings.filter((one) => one.id !== id), ...more],
});

test('times and causes that were decided once each are no fault', () => {
  expect(findFiringFaults(facts({}))).toEqual([]);
});

test('a lost firing is found, of a time and of a cause', () => {
  expect(findFiringFaults(facts(without('1')))).toEqual([
    `every-10: ${at(10).toISOString()} has 0 firings`,
  ]);
  expect(findFiringFaults(facts(without('5')))).toEqual(['after: run b was fired 0 times']);
});

test('a doubled firing is found, of a time, of a time that is missed too, and of a cause', () => {
  expect(findFiringFaults(facts(without('', ran('6', 10))))).toEqual([
    `every-10: ${at(10).toISOString()} has 2 firings`,
  ]);
  expect(findFiringFaults(facts(without('', ran('6', 30))))).toEqual([
    `every-10: ${at(30).toISOString()} has 2 firings`,
  ]);
  expect(findFiringFaults(facts(without('', fired('6', 'run a'))))).toEqual([
    'after: run a was fired 2 times',
  ]);
});

test('a firing with two runs, with none, or with the run of another one is found', () => {
  const two = { ...ran('1', 10), runs: ['run of 1', 'another'] };
  const none = { ...ran('1', 10), runs: [] };
  const other = { ...ran('1', 10), runs: ['another'] };
  for (const wrong of [two, none, other])
    expect(findFiringFaults(facts(without('1', wrong)))).toHaveLength(1);
  const skipped = { ...left('2', 20, 30), runs: ['another'] };
  expect(findFiringFaults(facts(without('2', skipped)))).toHaveLength(1);
  expect(findFiringFaults(facts({ orphans: ['x'] }))).toHaveLength(1);
});

test('a firing of a time that the schedule does not have, or with a wrong count, is found', () => {
  expect(findFiringFaults(facts(without('', ran('6', 45))))).not.toEqual([]);
  expect(findFiringFaults(facts(without('2', { ...left('2', 20, 30), count: 3 })))).not.toEqual([]);
});

test('a cause that did not happen is found', () => {
  expect(findFiringFaults(facts(without('', fired('6', 'run z'))))).toEqual([
    'after: run z was fired, but did not happen',
  ]);
});
