// Breaks a real installation on purpose, in every way that is known, while clients go on, and checks what it has done
// against computed answers. One line a scenario, and at the end `N runs, N faults, N violations`; exit code 1 for any.
import { randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { parseArgs } from 'node:util';
import { runChaos } from '../dist/chaos/run-chaos.js';

const USAGE = `npm run chaos -- [options]
  --backend redis|postgres  what carries tickets and hints (redis)
  --minutes N               begin no scenario after N minutes (10)
  --seed TEXT               choose the same order, victims and pauses again (random)
  --only a,b                these scenarios only
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
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const { backend, seed } = values;
  const minutes = Number(values.minutes);
  if (values.help || !['redis', 'postgres'].includes(backend) || !(minutes > 0)) {
    console.log(USAGE);
    process.exitCode = values.help ? 0 : 2;
  } else {
    console.log(`chaos on ${backend}, --seed ${seed}`);
    const only = values.only.split(',').filter((name) => name !== '');
    const tell = (line) => console.log(line);
    const report = await runChaos({ backend, seed, minutes, only, signal: ending.signal, tell });
    if (values.json !== undefined) await writeFile(values.json, JSON.stringify(report, null, 2));
    if (report.unplayed.length > 0) console.log(`no time for: ${report.unplayed.join(' ')}`);
    const { turns, runs, faults, violations } = report;
    console.log(
      `chaos on ${backend}, --seed ${seed}: ${turns.length} turns, ${runs} runs, ${faults} faults, ${violations.length} violations`,
    );
    if (violations.length > 0) process.exitCode = 1;
  }
} catch (error) {
  if (ending.signal.aborted) console.log('chaos was ended; everything that it started is stopped');
  else {
    console.error(error);
    process.exitCode = 1;
  }
}
