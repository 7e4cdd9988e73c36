import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort, startNode, type ServiceProcess } from '@rat/testing';
import { firstRunner, withFleet } from '../bench-fleet.ts';
import type { Bench } from '../bench.ts';
import { row, timed } from '../measure.ts';
import { descendants, residentMb } from '../process-memory.ts';

export const startUp: Bench = {
  name: 'start_up',
  measures: 'a process is started → it serves; what it has in memory then',
  run: async ({ quick }) => {
    const rounds = quick ? 1 : 5;
    const api: number[] = [];
    const runner: number[] = [];
    const memory: Record<'api' | 'runner' | 'executor', (number | undefined)[]> = {
      api: [],
      runner: [],
      executor: [],
    };
    for (let round = 0; round < rounds; round += 1) {
      await withFleet({}, async (fleet) => {
        runner.push((await timed(() => fleet.startRunner())) / 1_000);
        const process = firstRunner(fleet);
        const replica = { DATABASE_URL: fleet.databaseUrl, REDIS_URL: fleet.redisUrl, PORT: '0' };
        const began = performance.now();
        const second = startNode('apps/api/dist/main.js', replica);
        await second.waitForLine(/"listening"/);
        const took = performance.now() - began;
        api.push(took / 1_000);
        await second.stop();
        memory.api.push(await residentMb(fleet.apis[0]?.process.pid));
        memory.runner.push(await residentMb(process.pid));
        for (const pid of await descendants(process.pid)) {
          memory.executor.push(await residentMb(pid));
        }
      });
    }
    const whole: number[] = [];
    for (let round = 0; round < rounds; round += 1) whole.push(await startWhole());
    const known = Object.entries(memory)
      .map(([name, found]) => ({ name, found: found.filter((mb) => mb !== undefined) }))
      .filter(({ found }) => found.length > 0);
    return [
      row({
        what: '`npm start` on an empty folder',
        unit: 's',
        ours: whole,
        goals: [{ of: 'median', atMost: 8 }],
      }),
      row({ what: 'API', unit: 's', ours: api, goals: [{ of: 'median', atMost: 2 }] }),
      row({ what: 'runner', unit: 's', ours: runner, goals: [{ of: 'median', atMost: 2 }] }),
      ...known.map(({ name, found }) => row({ what: `${name}, idle`, unit: 'MB', ours: found })),
    ];
  },
};

/** Starts the whole installation with its own Postgres, without the demo. */
async function startWhole(): Promise<number> {
  const home = await mkdtemp(join(tmpdir(), 'rat-bench-'));
  const port = String(await findFreePort());
  const env = { RAT_HOME: home, PORT: port, RAT_DEMO: '0', HOME: home };
  let launched: ServiceProcess | undefined;
  try {
    const took = await timed(async () => {
      launched = startNode('apps/launcher/dist/main.js', env);
      await launched.waitForHealth(`http://127.0.0.1:${port}/health/ready`, 60_000);
    });
    return took / 1_000;
  } finally {
    await launched?.stop();
    await rm(home, { recursive: true, force: true });
  }
}
