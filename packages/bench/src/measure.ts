import { summarize, type Summary } from './summarize.ts';

/** Measures once, or several times; the round is negative while it warms up. */
export type Side = (
  round: number,
) => number | readonly number[] | Promise<number | readonly number[]>;

type Statistic = Exclude<keyof Summary, 'n'>;

/** A bound of one statistic, or of the ratio of the medians. */
export type Goal = { of: 'ratio' | Statistic } & (
  | { atMost: number; atLeast?: undefined }
  | { atLeast: number; atMost?: undefined }
);

/** One line of the report, as its JSON contains it. */
export interface Row {
  what: string;
  unit: string;
  ours: Summary;
  baseline: Summary | null;
  ratio: number | null;
  goals: { goal: string; value: number | undefined; met: boolean }[];
}

/**
 * Alternates `rounds` rounds of the sides, A B then B A, so that other load on the machine hits
 * both alike. A side returns one measurement or a list of them. The first round of each is dropped:
 * it warms caches and compilers.
 */
export async function alternate<Name extends string>({
  rounds,
  sides,
}: {
  rounds: number;
  sides: Record<Name, Side>;
}): Promise<Record<Name, number[]>> {
  const named = Object.entries<Side>(sides).map(([name, measure]) => ({
    name,
    measure,
    samples: [] as number[],
  }));
  for (let round = -1; round < rounds; round += 1) {
    const order = round % 2 === 0 ? named : named.toReversed();
    for (const { measure, samples } of order) {
      const measured = [await measure(round)].flat();
      if (round >= 0) samples.push(...measured);
    }
  }
  return Object.fromEntries(named.map(({ name, samples }) => [name, samples])) as Record<
    Name,
    number[]
  >;
}

/**
 * One line of the report. It decides the `goals`, so that the table and the JSON cannot disagree.
 */
export function row({
  what,
  unit,
  ours,
  baseline,
  goals = [],
}: {
  what: string;
  unit: string;
  ours: readonly number[];
  baseline?: readonly number[];
  goals?: readonly Goal[];
}): Row {
  const us = summarize(ours);
  const bare = baseline === undefined ? undefined : summarize(baseline);
  const ratio = bare === undefined ? undefined : us.median / bare.median;
  return {
    what,
    unit,
    ours: us,
    baseline: bare ?? null,
    ratio: ratio ?? null,
    goals: goals.map((goal) => decide(goal, goal.of === 'ratio' ? ratio : us[goal.of], unit)),
  };
}

function decide(
  { of, atMost, atLeast }: Goal,
  value: number | undefined,
  unit: string,
): Row['goals'][number] {
  const bound = atMost === undefined ? `≥ ${atLeast}` : `≤ ${atMost}`;
  const isMet = (): boolean => {
    if (value === undefined) return false;
    return atMost === undefined ? value >= atLeast : value <= atMost;
  };
  return {
    goal: `${of} ${bound}${of === 'ratio' ? ' ×' : ` ${unit}`}`,
    value,
    met: isMet(),
  };
}

/** The milliseconds that `work` took. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** Runs `work` `times` times in `clients` parallel loops; returns every result. */
export async function inParallel<T>(
  clients: number,
  times: number,
  work: (n: number) => Promise<T>,
): Promise<T[]> {
  const answers: T[] = [];
  let next = 0;
  const loop = async (): Promise<void> => {
    while (next < times) {
      const n = next;
      next += 1;
      answers.push(await work(n));
    }
  };
  await Promise.all(Array.from({ length: clients }, loop));
  return answers;
}
