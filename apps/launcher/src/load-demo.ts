import { readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RatClient } from '@rat/client';
import type { RunDetail } from '@rat/contracts';
import { LAYERS, TERMINAL_STATUSES, type PipelineRef } from '@rat/domain';
import { applyFolder } from '@rat/pipeline-folder';
import { readPipelineFiles } from '@rat/pipelines';
import { automateDemo } from './automate-demo.ts';

const EXAMPLE = fileURLToPath(new URL('../../../examples/flights', import.meta.url));
const NAMESPACE = 'default';
const DATA = [
  { zone: 'flights', file: 'flights-3m.parquet' },
  { zone: 'airports', file: 'airports.csv' },
] as const;
/** Pipelines that fail by design, with what their runs demonstrate. */
const ON_PURPOSE: Readonly<Record<string, string>> = {
  'gold.broken_report': 'a failed run to look at',
  'gold.airport_scorecard': 'a run in quarantine to look at',
};

/** What became of the demo. `no_data`: the package that holds its files is not installed. */
export type DemoOutcome = 'loaded' | 'already_there' | 'no_data';

/**
 * Loads the flights example through the API, as any user could: landing zones, pipelines, then the
 * runs layer by layer, because each layer reads the one before, and then triggers and a schedule. Does nothing once every pipeline of
 * it has an ended run, with any status and after any change by the user.
 */
export async function loadDemo(
  rat: RatClient,
  options: { say: (line: string) => void },
): Promise<DemoOutcome> {
  const refs = (await readPipelineFiles(EXAMPLE)).map((source) => source.ref);
  if (await haveAllEnded(rat, refs)) return 'already_there';
  const dataDir = await findData();
  if (dataDir === undefined) return 'no_data';

  for (const { zone, file } of DATA) {
    const content = new Uint8Array(await readFile(join(dataDir, file)));
    const query = { name: file, replace: true };
    await rat.landingZones.upload({ namespace: NAMESPACE, zone }, content, query);
  }
  await applyFolder(rat, EXAMPLE);
  for (const layer of LAYERS) {
    const inLayer = refs.filter((ref) => ref.layer === layer);
    const created = inLayer.map(({ name: pipeline, ...place }) =>
      rat.runs.create({ ...place, pipeline }),
    );
    await Promise.all(
      (await Promise.all(created)).map(async ({ run_id: id }) => {
        const run = await rat.runs.wait(id);
        options.say(describeRun(run));
      }),
    );
  }
  await automateDemo(rat);
  return 'loaded';
}

async function haveAllEnded(rat: RatClient, refs: PipelineRef[]): Promise<boolean> {
  for (const { name: pipeline, ...place } of refs) {
    const query = { ...place, pipeline, status: TERMINAL_STATUSES, limit: 1 };
    const { runs } = await rat.runs.list(query).first();
    if (runs.length === 0) return false;
  }
  return true;
}

async function findData(): Promise<string | undefined> {
  try {
    // The package exports only its code; the data is in a folder beside it.
    const code = createRequire(import.meta.url).resolve('vega-datasets');
    const directory = join(
      code.slice(0, code.lastIndexOf('vega-datasets')),
      'vega-datasets',
      'data',
    );
    for (const { file } of DATA) await stat(join(directory, file));
    return directory;
  } catch {
    // A development dependency, which `npm ci --omit=dev` omits.
    return undefined;
  }
}

/** `silver.flights success 2,999,798 rows 1.9 s`. */
export function describeRun(run: RunDetail): string {
  const name = `${run.layer}.${run.pipeline}`;
  const seconds = `${((run.duration_ms ?? 0) / 1000).toFixed(1)} s`;
  if (run.status === 'success') {
    return `${name} success ${(run.rows_written ?? 0).toLocaleString('en-US')} rows ${seconds}`;
  }
  const lines = run.error?.split('\n') ?? ['no reason given'];
  // For failed tests the first line is generic, and the second names the test.
  const reason = lines.slice(0, run.failure?.code === 'quality_failed' ? 2 : 1).join(' ');
  const purpose = ON_PURPOSE[name];
  const hint = purpose === undefined ? '' : ` (on purpose: ${purpose})`;
  return `${name} ${run.status} ${seconds}${hint}: ${reason}`;
}

/** One line for the person at the terminal; undefined where the runs have been reported already. */
export function describeOutcome(outcome: DemoOutcome): string | undefined {
  if (outcome === 'loaded') return undefined;
  return outcome === 'already_there'
    ? 'demo … already loaded'
    : 'demo … skipped: its data (npm package vega-datasets, a development dependency) is not installed';
}
