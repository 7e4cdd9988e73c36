import { expect, test } from '@jest/globals';
import type { ParamSpecs } from '@rat/domain';
import { NO_CHOICES, readsInterval, toInputs, type Taken } from './preview-inputs.ts';

const PARAMS: ParamSpecs = {
  least: { type: 'integer' },
  share: { type: 'number' },
  open: { type: 'boolean' },
  day: { type: 'date' },
  note: { type: 'string' },
};
const TAKEN: Taken = { params: PARAMS, isAboutTime: false };

test('a preview without a choice is requested as one without parameters', () => {
  expect(toInputs(NO_CHOICES, TAKEN)).toEqual({});
});

test('each text becomes a value of the type of its parameter, and an empty field gives none', () => {
  const values = { least: ' 7 ', share: '0.5', open: 'false', day: ' ', note: ' as typed ' };
  expect(toInputs({ ...NO_CHOICES, values }, TAKEN)).toEqual({
    params: { least: 7, share: 0.5, open: false, note: ' as typed ' },
  });
});

test('a text of the wrong type is left to the API, and that of an unknown parameter is dropped', () => {
  const values = { least: 'seven', gone: 'x' };
  expect(toInputs({ ...NO_CHOICES, values }, TAKEN)).toEqual({ params: { least: 'seven' } });
});

test('only what is chosen is requested', () => {
  expect(toInputs({ ...NO_CHOICES, isCompared: true, isFullRefresh: true }, TAKEN)).toEqual({
    compare: true,
    full_refresh: true,
  });
});

test('the bounds of a time are sent when the texts read one, a day as its first moment', () => {
  const choices = { ...NO_CHOICES, from: ' 2026-11-28 ', until: '2026-11-28T06:00:00+01:00' };
  expect(toInputs(choices, { params: {}, isAboutTime: true })).toEqual({
    interval: { start: '2026-11-28T00:00:00Z', end: '2026-11-28T06:00:00+01:00' },
  });
  expect(toInputs(choices, TAKEN)).toEqual({});
});

test('a bound without the other one is left to the API', () => {
  const choices = { ...NO_CHOICES, until: 'Monday' };
  expect(toInputs(choices, { params: {}, isAboutTime: true })).toEqual({
    interval: { start: '', end: 'Monday' },
  });
});

test.each([
  ['{{ interval_start }}', true],
  ['{% if has_interval() %}', true],
  ["'{{ run_logical_date }}'", true],
  ['my_interval_start', false],
  ['SELECT 1', false],
])('a text with %s reads a time: %s', (text, expected) => {
  expect(readsInterval({ 'pipeline.sql': 'SELECT 1', 'tests/quality/a.sql': text })).toBe(expected);
});
