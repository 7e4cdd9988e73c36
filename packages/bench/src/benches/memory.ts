import { firstRunner, withFleet } from '../bench-fleet.ts';
import type { Bench } from '../bench.ts';
import { row, type Goal } from '../measure.ts';
import { descendants, residentMb } from '../process-memory.ts';
import { succeed } from './publish.ts';

/** Eight bytes of a hash do not compress. */
const ROW_BYTES = 32;

export const memory: Bench = {
  name: 'memory',
  measures: 'the peak memory of the executor while it writes a result four times its memory limit',
  run: ({ quick }) => {
    const limitMb = quick ? 128 : 256;
    const env = { RAT_RUNNER_CONCURRENCY: '1', RAT_RUNNER_MEMORY_MB: String(limitMb) };
    return withFleet({ runners: 1, env }, async (fleet) => {
      const rows = Math.ceil((4 * limitMb * 1024 * 1024) / ROW_BYTES);
      const path = 'default/silver/large';
      await fleet.putPipeline(path, {
        sql: `SELECT hash(range) AS a, hash(range + 1) AS b, hash(range + 2) AS c, hash(range + 3) AS d FROM range(${rows})`,
      });
      const runner = firstRunner(fleet).pid;
      let peakMb = 0;
      const watching = setInterval(() => void look(), 200);
      const look = async (): Promise<void> => {
        for (const pid of await descendants(runner)) {
          peakMb = Math.max(peakMb, (await residentMb(pid, 'peak')) ?? 0);
        }
      };
      try {
        await succeed(fleet, path);
        await look();
      } finally {
        clearInterval(watching);
      }
      const tables = (await fleet.getJson('/tables?limit=1')) as { tables: { bytes?: number }[] };
      const writtenMb = (tables.tables[0]?.bytes ?? 0) / 1024 / 1024;
      const goals: Goal[] = [{ of: 'max', atMost: limitMb + 300 }];
      return [
        row({ what: `limit ${limitMb} MB`, unit: 'MB', ours: [peakMb], goals }),
        row({
          what: 'the result',
          unit: 'MB',
          ours: [writtenMb],
          goals: [{ of: 'min', atLeast: 4 * limitMb * 0.9 }],
        }),
      ];
    });
  },
};
