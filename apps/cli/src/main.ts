import { readFile } from 'node:fs/promises';
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
  return token || (tokenFile ? (await readFile(tokenFile, 'utf8')).trim() : undefined);
}

const file = loginFile(env);
const terminal = new Terminal({ stdin, stdout, stderr }, { noColour: Boolean(env['NO_COLOR']) });
process.exitCode = await runCli(process.argv.slice(2), {
  terminal,
  settings: {
    RAT_API_URL: env['RAT_API_URL'] || undefined,
    RAT_TOKEN: await readToken(),
    RAT_PROFILE: env['RAT_PROFILE'] || undefined,
    logins: await readLogins(file),
    loginFile: file,
  },
});
