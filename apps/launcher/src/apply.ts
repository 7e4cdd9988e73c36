import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { formatRef } from '@rat/domain';
import { applyFolder } from '@rat/pipeline-folder';
import { commandClient } from './command-client.ts';
import { LauncherError } from './launcher-error.ts';
import { runCommand } from './run-command.ts';

const USAGE =
  'usage: npm run apply -- <folder that holds pipelines/> [--url http://127.0.0.1:8080]';
const HELP = `${USAGE}

Stores the pipelines of a folder. rat apply does the same with more options.

  --url URL   the API; RAT_API_URL sets it too`;

async function apply(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { url: { type: 'string' } },
    allowPositionals: true,
  });
  const [directory, ...rest] = positionals;
  if (directory === undefined || rest.length > 0) throw new LauncherError(USAGE);
  const rat = commandClient(values.url, process.env);
  const { put, madeNamespaces } = await applyFolder(rat, resolve(directory));
  for (const namespace of madeNamespaces) console.log(`made namespace ${namespace}`);
  for (const { ref, result, warnings } of put) {
    console.log(`${result === 'unchanged' ? 'unchanged' : 'put'} ${formatRef(ref)}`);
    for (const { path, line, message } of warnings) {
      const place = line === undefined ? path : `${path}:${line}`;
      console.log(`  warning, ${place}: ${message}`);
    }
  }
}

await runCommand(apply, HELP);
