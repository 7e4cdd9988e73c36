import { parseArgs } from 'node:util';
import { readSettings } from '@rat/runtime';
import { ApiClient } from './api-client.ts';
import { applyEnv } from './env.ts';
import { LauncherError } from './launcher-error.ts';
import { describeOutcome, loadDemo } from './load-demo.ts';
import { runCommand } from './run-command.ts';

/** Loads the flights example into an API that runs already, and waits for the example's runs. */
async function seed(): Promise<void> {
  const { values } = parseArgs({ options: { url: { type: 'string' } } });
  const { env } = readSettings(applyEnv, process.env);
  const url = values.url ?? env.RAT_API_URL;
  const api = new ApiClient(url, new AbortController().signal, env.RAT_TOKEN);
  const outcome = await loadDemo(api, { say: (line) => console.log(line) });
  const line = describeOutcome(outcome);
  if (outcome === 'no_data') throw new LauncherError(String(line));
  if (line !== undefined) console.log(line);
}

await runCommand(seed);
