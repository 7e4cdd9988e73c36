import { summarize } from '../dist/summarize.js';

/**
 * Alternates `rounds` rounds of the sides, A B then B A, so that other load on the machine hits
 * both alike. A side returns one measurement or a list of them. The first round of each is dropped:
 * it warms caches and compilers.
 */
export async function alternate({ rounds, sides }) {
  const samples = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  for (let round = -1; round < rounds; round += 1) {
    const order = Object.entries(sides);
    if (round % 2 !== 0) order.reverse();
    for (const [name, measure] of order) {
      const measured = [await measure(round)].flat();
      if (round >= 0) samples[name].push(...measured);
    }
  }
  return samples;
}

/**
 * One line of the report. It decides the `goals`, so that the table and the JSON cannot disagree.
 */
export function row({ what, unit, ours, baseline, ratioOf = 'median', goals = [] }) {
  const us = summarize(ours);
  const bare = baseline === undefined ? undefined : summarize(baseline);
  const ratio = bare === undefined ? undefined : us[ratioOf] / bare[ratioOf];
  return {
    what,
    unit,
    ours: us,
    baseline: bare ?? null,
    ratio: ratio ?? null,
    goals: goals.map(({ of, atMost, atLeast }) => {
      const value = of === 'ratio' ? ratio : us[of];
      const met = atMost === undefined ? value >= atLeast : value <= atMost;
      return {
        goal: `${of} ${atMost === undefined ? '≥' : '≤'} ${atMost ?? atLeast}${of === 'ratio' ? ' ×' : ` ${unit}`}`,
        value,
        met,
      };
    }),
  };
}

/** The milliseconds that `work` took. */
export async function timed(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** Runs `work` `times` times in `clients` parallel loops; returns every result. */
export async function inParallel(clients, times, work) {
  const answers = [];
  let next = 0;
  const loop = async () => {
    while (next < times) {
      const n = next;
      next += 1;
      answers.push(await work(n));
    }
  };
  await Promise.all(Array.from({ length: clients }, loop));
  return answers;
}
