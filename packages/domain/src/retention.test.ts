import { expect, test } from '@jest/globals';
import {
  applyRetention,
  decideRetention,
  PIPELINE_RETENTION_KEYS,
  RETENTION_DEFAULTS,
  RETENTION_KEYS,
  SYSTEM_RETENTION_KEYS,
} from './retention.ts';

test('settings that a client has read and sends back unchanged are accepted', () => {
  for (const settable of [SYSTEM_RETENTION_KEYS, PIPELINE_RETENTION_KEYS]) {
    const decided = decideRetention(RETENTION_DEFAULTS, RETENTION_DEFAULTS, settable);
    expect(decided.kind).toBe('chosen');
  }
});

test('logs and test results follow the runs that they belong to', () => {
  const choice = { runs_max_age_days: 30, runs_max_per_pipeline: 5 };
  expect(applyRetention(RETENTION_DEFAULTS, choice)).toMatchObject({
    logs_max_age_days: 30,
    quality_results_max_per_test: 5,
  });
  const asked = { ...choice, logs_max_age_days: 30, quality_results_max_per_test: 5 };
  expect(decideRetention(asked, RETENTION_DEFAULTS, SYSTEM_RETENTION_KEYS)).toEqual({
    kind: 'chosen',
    choice,
  });
});

test('a setting that follows from another may be sent as it was when that one changes', () => {
  const asked = { ...RETENTION_DEFAULTS, runs_max_per_pipeline: 77 };
  expect(decideRetention(asked, RETENTION_DEFAULTS, SYSTEM_RETENTION_KEYS)).toMatchObject({
    kind: 'chosen',
    choice: { runs_max_per_pipeline: 77 },
  });
});

test('every setting that a person may not set is refused with the value that holds', () => {
  for (const settable of [SYSTEM_RETENTION_KEYS, PIPELINE_RETENTION_KEYS]) {
    const own: readonly string[] = settable;
    for (const key of RETENTION_KEYS) {
      const asked = { [key]: RETENTION_DEFAULTS[key] + 1 };
      const decided = decideRetention(asked, RETENTION_DEFAULTS, settable);
      if (own.includes(key)) {
        expect(decided).toEqual({ kind: 'chosen', choice: asked });
      } else {
        const message = expect.stringContaining(`must be ${RETENTION_DEFAULTS[key]}, `);
        expect(decided).toEqual({ kind: 'refused', issues: [{ path: key, message }] });
      }
    }
  }
});
