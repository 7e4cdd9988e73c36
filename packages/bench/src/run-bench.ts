// Measures the product beside a lower bound: a bare program that does the least work for the same
// result, in alternation and on the same services. `--only a,b` selects benchmarks, `--quick` does
// fewer rounds, `--json FILE` writes the report.
import { writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { closeServices, openServices, testServices } from '@rat/testing';
import type { Bench, MeasuredBench } from './bench.ts';
import { benches } from './benches.ts';
import { describeMachine, toMachineLine, toTable, type Report } from './report.ts';

const { values: wishes } = parseArgs({
  options: { only: { type: 'string' }, quick: { type: 'boolean' }, json: { type: 'string' } },
});
const names = wishes.only?.split(',').map((name) => name.trim());
const unknown = names?.filter((name) => !benches.some((bench) => bench.name === name)) ?? [];
if (unknown.length > 0) {
  const known = benches.map((bench) => bench.name).join(', ');
  console.error(`no benchmark is called ${unknown.join(', ')}; there are ${known}`);
  process.exit(2);
}
const chosen = benches.filter((bench) => names === undefined || names.includes(bench.name));
const quick = wishes.quick === true;

// Commits reach the disk, as in production; the Postgres of the tests skips that.
await openServices({ durability: 'durable' });
try {
  const machine = await describeMachine({
    adminUrl: testServices().adminUrl,
    redisVersion: await redisVersion(),
  });
  console.log(`${toMachineLine(machine)}\nload ${oneMinuteLoad().toFixed(1)} at the start\n`);
  const measured: MeasuredBench[] = [];
  for (const bench of chosen) measured.push(await measure(bench));
  const report: Report = {
    at: new Date().toISOString(),
    quick,
    machine,
    load: loadavg(),
    benches: measured,
  };
  if (wishes.json !== undefined)
    await writeFile(wishes.json, `${JSON.stringify(report, null, 2)}\n`);
  console.log(`\n${toTable(measured)}`);
  if (measured.some((one) => one.error !== undefined)) process.exitCode = 1;
} finally {
  await closeServices();
}

/** Runs one benchmark. Reports an error and returns, so that the other benchmarks still run. */
async function measure({ name, measures, against, run }: Bench): Promise<MeasuredBench> {
  const began = performance.now();
  const about = { name, measures, against: against ?? null };
  try {
    const rows = await run({ quick });
    const seconds = (performance.now() - began) / 1_000;
    console.log(`${name}: measured in ${seconds.toFixed(0)} s`);
    return { ...about, seconds, rows };
  } catch (error) {
    console.error(`${name}: could not be measured\n`, error);
    return { ...about, error: String(error).split('\n')[0], rows: [] };
  }
}

function oneMinuteLoad(): number {
  return loadavg()[0] ?? 0;
}

async function redisVersion(): Promise<string> {
  const { redisUrl } = testServices();
  if (redisUrl === undefined) return 'none';
  const redis = new Redis(redisUrl);
  const info = await redis.info('server');
  redis.disconnect();
  return /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown';
}
