import { readFile } from 'node:fs/promises';
import type { Settings } from './context.ts';
import { CliError } from './exit-codes.ts';
import { loginFile, readLogins } from './login-file.ts';
import { runCli } from './run-cli.ts';
import { Terminal } from './terminal.ts';

const { env, stdin, stdout, stderr } = process;

// A reader such as `head` may close the pipe early, which is no error.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

/** The token of the environment, or of the file that it names. */
async function readToken(): Promise<string | undefined> {
  const { RAT_TOKEN: token, RAT_TOKEN_FILE: tokenFile } = env;
  if (token || !tokenFile) return token || undefined;
  try {
    return (await readFile(tokenFile, 'utf8')).trim();
  } catch (cause) {
    throw new CliError(`RAT_TOKEN_FILE names ${tokenFile}, which cannot be read: ${String(cause)}`);
  }
}

async function readSettings(): Promise<Settings> {
  const file = loginFile(env);
  return {
    RAT_API_URL: env['RAT_API_URL'] || undefined,
    RAT_TOKEN: await readToken(),
    RAT_PROFILE: env['RAT_PROFILE'] || undefined,
    logins: await readLogins(file),
    loginFile: file,
  };
}

const terminal = new Terminal({ stdin, stdout, stderr }, { noColour: Boolean(env['NO_COLOR']) });
process.exitCode = await runCli(process.argv.slice(2), { terminal, readSettings });
