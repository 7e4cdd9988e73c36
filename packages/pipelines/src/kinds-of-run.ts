import type { ParamSpecs, ParamValues } from '@rat/domain';
import type { RunInterval } from './compile-template.ts';

/** A kind of run: what of a run can decide which branch of a template renders. */
export interface KindOfRun {
  /** Whether the pipeline's own table exists. */
  isIncremental: boolean;
  /** Whether the table has a greatest value in `watermark_column`. */
  hasWatermark: boolean;
  /** The time that a scheduled run is about. */
  interval?: RunInterval;
  /** The values that the run gives to parameters. */
  values: ParamValues;
}

/** A later run may find no greatest value: its table can be empty. */
const FIRST_AND_LATER: readonly KindOfRun[] = [
  { isIncremental: false, hasWatermark: false, values: {} },
  { isIncremental: true, hasWatermark: true, values: {} },
  { isIncremental: true, hasWatermark: false, values: {} },
];

const INTERVAL: RunInterval = {
  start: '2000-01-01T00:00:00.000Z',
  end: '2000-01-02T00:00:00.000Z',
  logicalDate: '2000-01-01',
};

/** The most values of parameters that are tried, so that a long list of words costs little. */
const VALUES_MAX = 16;

/**
 * The kinds of run for which a template can render in another way: a first run and later ones, each
 * about a time and about none, and each with every word of an `enum` and both values of a `boolean`,
 * one parameter at a time. A kind that no word of the template distinguishes from another is left out.
 * Those of a run with default values about no time come first.
 *
 * @example
 * kindsOfRun('SELECT 1', {}).length; // 2
 */
export function kindsOfRun(template: string, params: ParamSpecs): KindOfRun[] {
  const tells = (word: string): boolean => new RegExp(`\\b${word}\\b`).test(template);
  const plain = tells('watermark_value') ? FIRST_AND_LATER : FIRST_AND_LATER.slice(0, 2);
  const about = tells('has_interval') ? plain.map((kind) => ({ ...kind, interval: INTERVAL })) : [];
  const kinds = [...plain, ...about];
  const values = decidingValues(template, params);
  return [...kinds, ...values.flatMap((one) => kinds.map((kind) => ({ ...kind, values: one })))];
}

const WORDS_OF_TABLE = /\b(?:is_incremental|watermark_value)\b/;

/**
 * The kinds of run that are worth a rendering. A template without a word that tells a later run from a first one renders
 * alike for both, so those of a later run are left out.
 *
 * @example
 * distinctKinds('SELECT 1', {}).length; // 1
 */
export function distinctKinds(template: string, params: ParamSpecs): KindOfRun[] {
  const kinds = kindsOfRun(template, params);
  return WORDS_OF_TABLE.test(template)
    ? kinds
    : kinds.filter(({ isIncremental }) => !isIncremental);
}

/** An expression that is a parameter and nothing else: its value changes a literal only. */
const PLAIN_PARAM = /\{\{-?\s*param\s*\(\s*(?:'[^']*'|"[^"]*")\s*\)\s*-?\}\}/g;

/** The values of parameters that can decide what renders, besides those of a run that gives none. */
function decidingValues(template: string, params: ParamSpecs): ParamValues[] {
  const deciding = template.replace(PLAIN_PARAM, '');
  if (!/\bparam\s*\(/.test(deciding)) return [];
  const values = Object.entries(params).flatMap(([name, { type, values: words, default: own }]) => {
    if (!deciding.includes(name)) return [];
    const all = type === 'boolean' ? [true, false] : type === 'enum' ? (words ?? []) : [];
    return all.filter((value) => value !== own).map((value) => ({ [name]: value }));
  });
  return values.slice(0, VALUES_MAX);
}
