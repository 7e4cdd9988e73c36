import { InputError } from '@rat/domain';
import { EnvError } from '@rat/runtime';
import { LauncherError } from './launcher-error.ts';
import { plainLine } from './plain-error.ts';

/** Runs a command of the terminal: whatever goes wrong is one plain line and exit code 1. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    if (error instanceof InputError) {
      for (const issue of error.issues) console.error(`${issue.path}: ${issue.message}`);
    } else if (error instanceof LauncherError || error instanceof EnvError) {
      console.error(error.message);
    } else if (error instanceof TypeError && error.cause instanceof Error) {
      console.error(`the API cannot be reached: ${error.cause.message}`);
    } else {
      console.error(`the command failed: ${plainLine(error)}`);
    }
    process.exitCode = 1;
  }
}
