import { expect, test } from '@jest/globals';
import type { ParamSpecs } from '@rat/domain';
import { NO_CHOICES, toInputs } from './preview-inputs.ts';

const SPECS: ParamSpecs = {
  least: { type: 'integer' },
  share: { type: 'number' },
  open: { type: 'boolean' },
  day: { type: 'date' },
  note: { type: 'string' },
};

test('a preview without a choice is requested as one without parameters', () => {
  expect(toInputs(NO_CHOICES, SPECS)).toEqual({});
});

test('each text becomes a value of the type of its parameter, and an empty field gives none', () => {
  const values = { least: ' 7 ', share: '0.5', open: 'false', day: ' ', note: ' as typed ' };
  expect(toInputs({ ...NO_CHOICES, values }, SPECS)).toEqual({
    params: { least: 7, share: 0.5, open: false, note: ' as typed ' },
  });
});

test('a text of the wrong type is left to the API, and that of an unknown parameter is dropped', () => {
  const values = { least: 'seven', gone: 'x' };
  expect(toInputs({ ...NO_CHOICES, values }, SPECS)).toEqual({ params: { least: 'seven' } });
});

test('only what is chosen is requested', () => {
  expect(toInputs({ values: {}, isCompared: true, isFullRefresh: true }, SPECS)).toEqual({
    compare: true,
    full_refresh: true,
  });
});
