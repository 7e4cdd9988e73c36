import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { pullFolder } from '@rat/pipeline-folder';
import { commandClient } from './command-client.ts';
import { LauncherError } from './launcher-error.ts';
import { runCommand } from './run-command.ts';

const USAGE =
  'usage: npm run pull -- <folder> [--namespace <name>] [--force] [--url http://127.0.0.1:8080]';
const HELP = `${USAGE}

Writes the files of the pipelines into a folder.

  --namespace NAME   only those of this namespace
  --force            overwrite files that were changed in the folder
  --url URL          the API; RAT_API_URL sets it too`;

async function pull(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      url: { type: 'string' },
      namespace: { type: 'string' },
      force: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  });
  const [directory, ...rest] = positionals;
  if (directory === undefined || rest.length > 0) throw new LauncherError(USAGE);
  const rat = commandClient(values.url, process.env);
  const { namespace, force } = values;
  const pulled = await pullFolder(rat, resolve(directory), { namespace, force });
  for (const path of [...pulled.write, ...pulled.changed]) console.log(`wrote ${path}`);
  for (const path of pulled.remove) console.log(`removed ${path}`);
  for (const path of pulled.orphaned) console.log(`kept ${path}: it was changed here`);
  for (const name of pulled.unpublished) console.log(`left out ${name}: it was never published`);
  console.log(`${pulled.pipelines} pipelines, ${pulled.files} files`);
}

await runCommand(pull, HELP);
