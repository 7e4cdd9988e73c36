import type { BenchFleet } from '../bench-fleet.ts';
import { withFleet } from '../bench-fleet.ts';
import type { Bench } from '../bench.ts';
import { alternate, row, timed, type Goal } from '../measure.ts';

const PUTS = { quick: 10, full: 40 };

/** Renders differently for a first run and for a later one, so both are checked. */
const TWO_KINDS_OF_RUN = `SELECT NUMBER::BIGINT AS id, TIMESTAMP '2026-01-01' AS at_time FROM range(10)
{% if is_incremental() %} WHERE TIMESTAMP '2026-01-01' > (SELECT max(at_time) FROM {{ this }}) {% endif %}`;

const PIPELINES = {
  'one statement': 'SELECT NUMBER AS id, 42 AS answer',
  'two kinds of run': TWO_KINDS_OF_RUN,
} as const;

export const put: Bench = {
  name: 'put',
  measures: '`PUT` of a new pipeline, one after the other: from the request to the whole answer',
  against: 'the same without a live runner, which stores the pipeline without a check of its SQL',
  run: ({ quick }) =>
    withFleet({ runners: 1 }, (checked) =>
      withFleet({ runners: 0 }, async (unchecked) => {
        const goals: Goal[] = [{ of: 'median', atMost: 100 }];
        const measured = [];
        for (const [what, sql] of Object.entries(PIPELINES)) {
          const name = what.replaceAll(' ', '_');
          const store = (fleet: BenchFleet, round: number): Promise<number> => {
            const path = `default/silver/${name}_${round + 1}`;
            return timed(() => fleet.putPipeline(path, { sql: sql.replace('NUMBER', `${round}`) }));
          };
          const { ours, baseline } = await alternate({
            rounds: quick ? PUTS.quick : PUTS.full,
            sides: {
              ours: (round) => store(checked, round),
              baseline: (round) => store(unchecked, round),
            },
          });
          measured.push(row({ what, unit: 'ms', ours, baseline, goals }));
        }
        return measured;
      }),
    ),
};
