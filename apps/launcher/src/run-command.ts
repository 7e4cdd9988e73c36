import { RatError } from '@rat/client';
import { InputError } from '@rat/domain';
import { explainApiError, FolderError } from '@rat/pipeline-folder';
import { EnvError } from '@rat/runtime';
import { LauncherError } from './launcher-error.ts';
import { plainLine } from './plain-error.ts';

/**
 * Runs a command of the terminal; any error becomes one plain line and exit code 1.
 *
 * @param help What `--help` prints. Its first line is the usage, which is also shown for an unknown option.
 */
export async function runCommand(command: () => Promise<void>, help: string): Promise<void> {
  if (process.argv.slice(2).some((word) => word === '--help' || word === '-h')) {
    console.log(help);
    return;
  }
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
      console.error(`${error.message}\n${help.split('\n', 1)[0]}`);
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
