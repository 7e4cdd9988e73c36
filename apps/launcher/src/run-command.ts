import { InputError } from '@rat/domain';
import { EnvError } from '@rat/runtime';
import { LauncherError } from './launcher-error.ts';

/** Runs a command of the terminal: what a person can mend is told in words and is exit code 1; our bugs are thrown on. */
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
      throw error;
    }
    process.exitCode = 1;
  }
}
