import type { AnswerOf } from '@rat/contracts';

type Runner = AnswerOf<'listRunners'>['runners'][number];

/** What the runners of a pool can do. */
export interface Pool {
  name: string;
  runners: number;
  /** Of runners that take runs: those that drain are left out. A runner of several pools offers its slots to each. */
  slots: number;
  slotsUsed: number;
}

/** The pools that runners serve or that runs wait for, by name. One without runners is wanted but unserved. */
export function countPools(runners: readonly Runner[], wanted: readonly string[]): Pool[] {
  const names = new Set([...runners.flatMap(({ pools }) => pools), ...wanted]);
  return [...names].sort().map((name) => {
    const serving = runners.filter(({ pools, draining }) => !draining && pools.includes(name));
    return {
      name,
      runners: serving.length,
      slots: serving.reduce((sum, { slots }) => sum + slots, 0),
      slotsUsed: serving.reduce((sum, runner) => sum + runner.slots_used, 0),
    };
  });
}
