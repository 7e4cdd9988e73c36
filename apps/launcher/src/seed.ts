import { parseArgs } from 'node:util';
import { commandClient } from './command-client.ts';
import { LauncherError } from './launcher-error.ts';
import { describeOutcome, loadDemo } from './load-demo.ts';
import { runCommand } from './run-command.ts';

const HELP = `usage: npm run seed -- [--url http://127.0.0.1:8080]

Loads the demo: pipelines, their data and their first runs.

  --url URL   the API; RAT_API_URL sets it too`;

/** Loads the flights example into an API that runs already, and waits for the example's runs. */
async function seed(): Promise<void> {
  const { values } = parseArgs({ options: { url: { type: 'string' } } });
  const rat = commandClient(values.url, process.env);
  const outcome = await loadDemo(rat, { say: (line) => console.log(line) });
  const line = describeOutcome(outcome);
  if (outcome === 'no_data') throw new LauncherError(String(line));
  if (line !== undefined) console.log(line);
}

await runCommand(seed, HELP);
