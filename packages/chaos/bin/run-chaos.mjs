// Injects every known fault into a real installation while clients continue, and compares the
// results with computed ones. Prints one line a scenario and at the end `N runs, N firings, N faults,
// N violations`. The exit code is 1 for any violation, and for a play that is too short to prove
// anything.
import { randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { parseArgs } from 'node:util';
import { findRedisProgram } from '@rat/testing';
import { findShortfalls, runChaos } from '../dist/index.js';

const USAGE = `npm run chaos -- [options]
  --backend redis|postgres  what carries tickets and hints (redis); auto: redis where it can be had, else postgres
  --minutes N               begin no scenario after N minutes (10)
  --seed TEXT               choose the same order, victims and pauses again (random)
  --only a,b                these scenarios only
  --min-runs N              fail when fewer runs were made (0)
  --min-scenarios N         fail when fewer different scenarios were played (0)
  --json FILE               write the whole report there`;

const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    process.exitCode = 128 + constants.signals[signal];
    ending.abort();
  });
}

try {
  const { values } = parseArgs({
    options: {
      backend: { type: 'string', default: 'redis' },
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string', default: String(randomInt(1e9)) },
      only: { type: 'string', default: '' },
      'min-runs': { type: 'string', default: '0' },
      'min-scenarios': { type: 'string', default: '0' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const { seed } = values;
  const minutes = Number(values.minutes);
  const minimum = { runs: Number(values['min-runs']), scenarios: Number(values['min-scenarios']) };
  const isSound =
    ['redis', 'postgres', 'auto'].includes(values.backend) &&
    minutes > 0 &&
    Object.values(minimum).every((least) => Number.isInteger(least) && least >= 0);
  if (values.help || !isSound) {
    console.log(USAGE);
    process.exitCode = values.help ? 0 : 2;
  } else {
    const backend = values.backend === 'auto' ? await chooseBackend() : values.backend;
    console.log(`chaos on ${backend}, --seed ${seed}`);
    const only = values.only.split(',').filter((name) => name !== '');
    const tell = (line) => console.log(line);
    const report = await runChaos({ backend, seed, minutes, only, signal: ending.signal, tell });
    if (values.json !== undefined) await writeFile(values.json, JSON.stringify(report, null, 2));
    if (report.unplayed.length > 0) console.log(`no time for: ${report.unplayed.join(' ')}`);
    const { turns, runs, faults, firings, violations } = report;
    console.log(
      `chaos on ${backend}, --seed ${seed}: ${turns.length} turns, ${runs} runs, ${firings} firings, ${faults} faults, ${violations.length} violations`,
    );
    const shortfalls = findShortfalls(report, minimum);
    if (shortfalls.length > 0) console.log(`too little was played: ${shortfalls.join(', ')}`);
    if (violations.length > 0 || shortfalls.length > 0) process.exitCode = 1;
  }
} catch (error) {
  if (ending.signal.aborted) console.log('chaos was ended; everything that it started is stopped');
  else {
    console.error(error);
    process.exitCode = 1;
  }
}

async function chooseBackend() {
  if ((await findRedisProgram()) !== undefined) return 'redis';
  console.log('!!! NO REDIS: chaos plays on Postgres alone. Install redis-server.');
  return 'postgres';
}
