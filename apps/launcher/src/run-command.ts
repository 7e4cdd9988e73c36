import { RatError } from '@rat/client';
import { InputError } from '@rat/domain';
import { explainApiError, FolderError } from '@rat/pipeline-folder';
import { EnvError } from '@rat/runtime';
import { LauncherError } from './launcher-error.ts';
import { plainLine } from './plain-error.ts';

/** Runs a command of the terminal; any error becomes one plain line and exit code 1. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    if (error instanceof InputError) {
      for (const { path, line, column, message } of error.issues) {
        const place = line === undefined ? '' : `:${line}:${column ?? 1}`;
        console.error(`${path}${place}: ${message}`);
      }
    } else if (error instanceof RatError) {
      console.error(explainApiError(error));
    } else if (
      error instanceof LauncherError ||
      error instanceof FolderError ||
      error instanceof EnvError
    ) {
      console.error(error.message);
    } else if (isWrongArgument(error)) {
      console.error(error.message);
    } else {
      console.error(`the command failed: ${plainLine(error)}`);
    }
    process.exitCode = 1;
  }
}

/** Whether the error is about an unknown option. */
function isWrongArgument(error: unknown): error is Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.startsWith('ERR_PARSE_ARGS');
}
