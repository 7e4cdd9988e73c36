import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decideTrigger } from './decide-trigger.ts';
import {
  explainNotRun,
  type InputFacts,
  type LastFiring,
  type NotRunReason,
  type ScheduleFacts,
  type TriggerFacts,
} from './explain-not-run.ts';

const NOW = new Date('2026-11-29T12:00:00Z');
const ago = (seconds: number): Date => new Date(NOW.getTime() - seconds * 1_000);

const seconds = fc.integer({ min: 0, max: 7_200 });
const past = fc.option(seconds.map(ago), { nil: undefined });

const input = fc.record({
  input: fc.integer({ min: 0, max: 9 }).map((n) => `pipeline:default.gold.p${n}`),
  isNew: fc.boolean(),
  latestAt: past,
  hasFailed: fc.boolean(),
});

const triggers: fc.Arbitrary<TriggerFacts> = fc.record({
  kind: fc.constant('trigger' as const),
  name: fc.constant('t'),
  paused: fc.constant(undefined),
  lastFiring: fc.constant(undefined),
  fireAt: fc.constant(undefined),
  isTimed: fc.constant(false),
  pace: fc.record({
    debounceSeconds: fc.integer({ min: 0, max: 3_600 }),
    maxWaitSeconds: fc.option(fc.integer({ min: 1, max: 3_600 }), { nil: undefined }),
    cooldownSeconds: fc.integer({ min: 0, max: 3_600 }),
    maxPerHour: fc.integer({ min: 1, max: 3 }),
  }),
  marks: fc.record({ firstChangeAt: past, lastChangeAt: past, lastFiredAt: past }),
  inputs: fc.uniqueArray(input, { minLength: 1, maxLength: 4, selector: (one) => one.input }),
  rule: fc.record({
    match: fc.constantFrom('any' as const, 'all' as const),
    withinSeconds: fc.option(fc.integer({ min: 1, max: 3_600 }), { nil: undefined }),
    notBefore: past,
  }),
  firedLastHour: fc.integer({ min: 0, max: 4 }),
});

function explain(source: ScheduleFacts | TriggerFacts, isPublished = true): NotRunReason {
  const [reason] = explainNotRun({ now: NOW, isPublished, sources: [source] }).sources;
  if (reason === undefined) throw new Error('a source has a reason');
  return reason;
}

/** The inputs as they are once those that are missing have news. */
function supply(facts: TriggerFacts, missing: NotRunReason['missing']): InputFacts[] {
  const names = new Set(missing.map((one) => one.input));
  return facts.inputs.map((one) =>
    names.has(one.input) ? { ...one, isNew: true, latestAt: NOW } : one,
  );
}

describe('the named cause is the true one', () => {
  test('of any trigger: without it the trigger would fire, or fire earlier', () => {
    fc.assert(
      fc.property(triggers, (facts) => {
        const { verdict, until, missing } = explain(facts);
        const { pace } = facts;
        const decide = (change: Partial<TriggerFacts>) =>
          decideTrigger({ ...facts, ...change }, NOW);
        const timeOf = (change: Partial<TriggerFacts>): number => {
          const decision = decide(change);
          return decision.kind === 'wait' ? decision.until.getTime() : NOW.getTime();
        };
        const decision = decide({});
        switch (verdict) {
          case 'will_fire':
            expect(decision.kind).toBe('fire');
            break;
          case 'rate_capped':
            expect(decision.kind).toBe('capped');
            expect(decide({ firedLastHour: 0 }).kind).toBe('fire');
            break;
          case 'debouncing':
            expect(until).toEqual(new Date(timeOf({})));
            expect(timeOf({ pace: { ...pace, debounceSeconds: 0 } })).toBeLessThan(timeOf({}));
            expect(timeOf({ pace: { ...pace, cooldownSeconds: 0 } })).toBe(timeOf({}));
            break;
          case 'cooling_down':
            expect(until).toEqual(new Date(timeOf({})));
            expect(timeOf({ pace: { ...pace, cooldownSeconds: 0 } })).toBeLessThan(timeOf({}));
            break;
          case 'waiting_inputs':
          case 'up_to_date':
          case 'upstream_failed': {
            expect(decision.kind).toBe('idle');
            expect(missing).not.toEqual([]);
            const isFresh = facts.rule.withinSeconds !== undefined;
            const supplied = supply(facts, missing);
            // Within a window, the news of the others may be too old by now.
            const rule = isFresh ? { ...facts.rule, withinSeconds: undefined } : facts.rule;
            if (facts.rule.match === 'any' || facts.rule.notBefore === undefined) {
              expect(decide({ inputs: supplied, rule }).kind).not.toBe('idle');
            }
            if (verdict === 'upstream_failed') {
              expect(facts.inputs.some((one) => one.hasFailed && !one.isNew)).toBe(true);
            }
            if (verdict === 'up_to_date') {
              expect(facts.inputs.some(({ isNew }) => isNew)).toBe(false);
            }
            break;
          }
          default:
            throw new Error(`${verdict} is no verdict of these`);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('of a source that is paused, or whose pipeline has no version, is before all others', () => {
    fc.assert(
      fc.property(triggers, (facts) => {
        const paused = { at: ago(5), by: 'ada', reason: undefined };
        expect(explain({ ...facts, paused })).toMatchObject({ verdict: 'paused', since: ago(5) });
        expect(explain(facts, false).verdict).toBe('invalid');
      }),
      { numRuns: 100 },
    );
  });
});

const NIGHTLY: ScheduleFacts = {
  kind: 'schedule',
  name: 'nightly',
  paused: undefined,
  lastFiring: undefined,
  fireAt: new Date('2026-11-30T02:30:00Z'),
};

const last = (outcome: LastFiring['outcome'], reason?: LastFiring['reason']): LastFiring => ({
  id: '1',
  outcome,
  reason,
  at: ago(60),
});

describe('a schedule', () => {
  test.each<[string, Partial<ScheduleFacts>]>([
    ['will_fire', {}],
    ['will_fire', { lastFiring: last('run') }],
    ['ended', { fireAt: undefined }],
    ['overlap', { lastFiring: last('skipped', 'overlap') }],
    ['line_full', { lastFiring: last('skipped', 'line_full') }],
    ['line_full', { lastFiring: last('refused', 'quota') }],
    ['missed', { lastFiring: last('missed', 'late') }],
    ['invalid', { paused: { at: NOW, by: 'system', reason: 'invalid: minute 61' } }],
    ['paused', { paused: { at: NOW, by: 'system', reason: '3 runs in a row failed' } }],
  ])('is %s', (verdict, facts) => {
    expect(explain({ ...NIGHTLY, ...facts }).verdict).toBe(verdict);
  });

  test('that fires next is what the summary is about', () => {
    const sources = [{ ...NIGHTLY, name: 'old', fireAt: undefined }, NIGHTLY];
    expect(explainNotRun({ now: NOW, isPublished: true, sources })).toMatchObject({
      verdict: 'will_fire',
      summary: 'schedule nightly fires at 2026-11-30T02:30:00.000Z',
    });
    expect(explainNotRun({ now: NOW, isPublished: true, sources: [] }).verdict).toBe('none');
  });
});

describe('a trigger', () => {
  const TRIGGER: TriggerFacts = {
    ...NIGHTLY,
    kind: 'trigger',
    name: 'after',
    fireAt: undefined,
    isTimed: false,
    pace: { debounceSeconds: 0, maxWaitSeconds: undefined, cooldownSeconds: 0, maxPerHour: 9 },
    marks: { firstChangeAt: undefined, lastChangeAt: undefined, lastFiredAt: undefined },
    inputs: [],
    rule: { match: 'any', withinSeconds: undefined, notBefore: undefined },
    firedLastHour: 0,
  };
  const old = { input: 'pipeline:a.gold.b', isNew: false, latestAt: ago(9), hasFailed: false };

  test('whose last news were refused as a loop, or left out, has that as its reason', () => {
    const inputs = [old];
    const verdicts = (['loop', 'overlap'] as const).map(
      (reason) => explain({ ...TRIGGER, inputs, lastFiring: last('refused', reason) }).verdict,
    );
    expect(verdicts).toEqual(['loop', 'overlap']);
  });

  test('with a due time waits for the inputs that its waiting firing lacks', () => {
    const inputs = [old, { ...old, input: 'pipeline:a.gold.c', isNew: true }];
    const timed = { ...TRIGGER, isTimed: true, fireAt: NIGHTLY.fireAt, inputs };
    expect(explain(timed).verdict).toBe('will_fire');
    expect(explain({ ...timed, lastFiring: last('waiting', 'waiting_inputs') })).toMatchObject({
      verdict: 'waiting_inputs',
      missing: [{ input: 'pipeline:a.gold.b' }],
      until: NIGHTLY.fireAt,
    });
  });
});
