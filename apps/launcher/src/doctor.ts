import { parseArgs } from 'node:util';
import { EnvError, readSettings } from '@rat/runtime';
import { failed, ok, type Check } from './doctor/check.ts';
import { examine } from './doctor/examine.ts';
import { doctorEnv } from './env.ts';
import { runCommand } from './run-command.ts';

const SIGNS = { ok: '✓', failed: '✗', skipped: '–' } as const;

const HELP = `usage: npm run doctor -- [--json]

Examines this installation: one line for each check, and what to do about those that failed. Exits 1 when one failed.

  --json   print the checks as JSON`;

/** Examines this installation: one line for each check, and what to do about those that failed. */
async function doctor(): Promise<void> {
  const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
  const checks = await examineSettings();
  const isWell = checks.every(({ status }) => status !== 'failed');
  if (values.json) console.log(JSON.stringify({ ok: isWell, checks }, undefined, 2));
  else for (const check of checks) console.log(format(check));
  if (!isWell) process.exitCode = 1;
}

/** Without valid settings nothing else can be looked at. */
async function examineSettings(): Promise<Check[]> {
  try {
    const { env, warnings } = readSettings(doctorEnv, process.env);
    const settings =
      warnings.length === 0
        ? ok('settings', 'every variable is known and valid')
        : failed('settings', warnings.join('; '), 'rename the variables, or remove them');
    return [settings, ...(await examine(env))];
  } catch (error) {
    if (!(error instanceof EnvError)) throw error;
    const found = error.message.replaceAll('\n', '; ');
    return [failed('settings', found, 'docs/configuration.md has every variable and its values')];
  }
}

function format({ name, status, found, mend }: Check): string {
  const line = `${SIGNS[status]} ${name.padEnd(11)}${found}`;
  return mend === undefined ? line : `${line}\n  ${' '.repeat(11)}→ ${mend}`;
}

await runCommand(doctor, HELP);
