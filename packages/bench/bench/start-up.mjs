import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '@rat/embedded-postgres';
import { startNode } from '@rat/testing';
import { withFleet } from './bench-fleet.mjs';
import { row, timed } from './measure.mjs';
import { descendants, residentMb } from './process-memory.mjs';

export const startUp = {
  name: 'start_up',
  measures: 'a process is started → it serves; what it has in memory then',
  run: async ({ quick }) => {
    const rounds = quick ? 1 : 5;
    const api = [];
    const runner = [];
    const memory = { api: [], runner: [], executor: [] };
    for (let round = 0; round < rounds; round += 1) {
      await withFleet({}, async (fleet) => {
        runner.push((await timed(() => fleet.startRunner())) / 1_000);
        const process = fleet.runners[0];
        const replica = { DATABASE_URL: fleet.databaseUrl, REDIS_URL: fleet.redisUrl, PORT: '0' };
        let second;
        const took = await timed(async () => {
          second = startNode('apps/api/dist/main.js', replica);
          await second.waitForLine(/"listening"/);
        });
        api.push(took / 1_000);
        await second.stop();
        memory.api.push(await residentMb(fleet.apis[0].process.pid));
        memory.runner.push(await residentMb(process.pid));
        for (const pid of await descendants(process.pid)) {
          memory.executor.push(await residentMb(pid));
        }
      });
    }
    const whole = [];
    for (let round = 0; round < rounds; round += 1) whole.push(await startWhole());
    const known = Object.entries(memory).filter(([, found]) =>
      found.some((mb) => mb !== undefined),
    );
    return [
      row({
        what: '`npm start` on an empty folder',
        unit: 's',
        ours: whole,
        goals: [{ of: 'median', atMost: 8 }],
      }),
      row({ what: 'API', unit: 's', ours: api, goals: [{ of: 'median', atMost: 2 }] }),
      row({ what: 'runner', unit: 's', ours: runner, goals: [{ of: 'median', atMost: 2 }] }),
      ...known.map(([name, found]) => row({ what: `${name}, idle`, unit: 'MB', ours: found })),
    ];
  },
};

/** Starts the whole installation with its own Postgres, without the demo. */
async function startWhole() {
  const home = await mkdtemp(join(tmpdir(), 'rat-bench-'));
  const port = String(await findFreePort());
  const env = { RAT_HOME: home, PORT: port, RAT_DEMO: '0', HOME: home };
  let launched;
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
