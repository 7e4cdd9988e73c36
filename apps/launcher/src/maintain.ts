import { parseArgs } from 'node:util';
import { formatRef, isLayer, type PipelineRef } from '@rat/domain';
import { commandClient } from './command-client.ts';
import { LauncherError } from './launcher-error.ts';
import { runCommand } from './run-command.ts';

const USAGE =
  'usage: npm run maintain -- [namespace/layer/name] [--dry-run] [--url http://127.0.0.1:8080]';
const HELP = `${USAGE}

Requests maintenance for one table or all, and waits for it. Exits 1 when one failed.

  --dry-run   print what would be done
  --url URL   the API; RAT_API_URL sets it too`;

/** Requests maintenance for one table or all, and waits for it; exit code 1 when one failed. */
async function maintain(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { url: { type: 'string' }, 'dry-run': { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const [table, ...rest] = positionals;
  if (rest.length > 0) throw new LauncherError(USAGE);
  const rat = commandClient(values.url, process.env);
  const { name, ...place } = table === undefined ? { name: undefined } : parseTable(table);
  const { runs, plans } = await rat.tables.maintain({
    ...place,
    ...(name === undefined ? {} : { table: name }),
    dry_run: values['dry-run'],
  });
  for (const plan of plans) console.log(`${formatRef(plan)} would ${JSON.stringify(counts(plan))}`);
  for (const { run_id: runId, ...ref } of runs) {
    const run = await rat.runs.wait(runId);
    const did =
      run.maintenance === null ? (run.error ?? '') : JSON.stringify(counts(run.maintenance));
    console.log(`${formatRef(ref)} ${run.status} ${did}`);
    if (run.status !== 'success') process.exitCode = 1;
  }
}

function parseTable(text: string): PipelineRef {
  const [namespace, layer, name, ...rest] = text.split('/');
  if (namespace === undefined || layer === undefined || name === undefined || rest.length > 0) {
    throw new LauncherError(USAGE);
  }
  if (!isLayer(layer)) throw new LauncherError('layer must be bronze, silver, or gold');
  return { namespace, layer, name };
}

/** The report without the table's name. */
function counts<T extends PipelineRef>(report: T): Omit<T, keyof PipelineRef> {
  const { namespace: _namespace, layer: _layer, name: _name, ...rest } = report;
  return rest;
}

await runCommand(maintain, HELP);
