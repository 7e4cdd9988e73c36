// Measures the cost of tables on a real API and runner; prints text or, with --json, JSON. Runs all
// of `merge`, `parallel` and `publish`, or the named ones; with --large also a full refresh of 100
// million rows. Results are medians, where possible beside a baseline of the same minute, because a
// shared machine is noisy. Commits of Postgres and table files reach the disk, as in production.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeServices, openServices, startFleet, type Fleet } from '@rat/testing';
import { timingPublishes } from './publish-times.ts';
import { measureMerge } from './tables/measure-merge.ts';
import { measurePublish } from './tables/measure-publish.ts';
import { measureLarge, measureTwoTables } from './tables/measure-size.ts';

const isJson = process.argv.includes('--json');
const isLarge = process.argv.includes('--large');
const chosen = process.argv.slice(2).filter((one) => !one.startsWith('--'));
const isChosen = (part: string): boolean => chosen.length === 0 || chosen.includes(part);
const figures: Record<string, unknown>[] = [];

await openServices({ durability: 'durable' });
try {
  const folder = await mkdtemp(join(tmpdir(), 'rat-measure-'));
  try {
    const small = { RAT_TARGET_FILE_MB: '16', RAT_RUNNER_CONCURRENCY: '1' };
    if (isChosen('merge')) await withFleet(small, (fleet) => measureMerge(fleet, tell));
    if (isChosen('parallel')) await withFleet({}, (fleet) => measureTwoTables(fleet, tell));
    const timed = join(folder, 'publishes.jsonl');
    if (isChosen('publish')) {
      await withFleet(timingPublishes(timed), (fleet) => measurePublish(fleet, tell, timed));
    }
    if (isLarge) {
      const env = { RAT_RUNNER_CONCURRENCY: '1', RAT_RUNNER_MEMORY_MB: '512' };
      await withFleet(env, (fleet) => measureLarge(fleet, tell));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
} finally {
  await closeServices();
}
if (isJson) console.log(JSON.stringify(figures, null, 2));

async function withFleet(
  env: Record<string, string>,
  measure: (fleet: Fleet) => Promise<void>,
): Promise<void> {
  const fleet = await startFleet({
    checkAnswers: false,
    backend: 'postgres',
    apis: 1,
    runners: 1,
    env: { RAT_LEASE_SECONDS: '60', RAT_MAINTENANCE_HOURS: '0', ...env },
  });
  try {
    await measure(fleet);
  } finally {
    await fleet.close();
  }
}

function tell(what: string, values: Record<string, string | number | null>): void {
  figures.push({ what, ...values });
  if (isJson) return;
  console.log(what);
  for (const [name, value] of Object.entries(values)) {
    console.log(`  ${name.replaceAll('_', ' ')}: ${value}`);
  }
}
