import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';
import { addCommands, OTHERS } from './commands/all-commands.ts';
import { Commands } from './commands/command.ts';
import type { Settings } from './context.ts';
import { EXIT, exitCodeOfError } from './exit-codes.ts';
import { profileName } from './options.ts';
import type { Terminal } from './terminal.ts';

const EXIT_CODES = `
Exit codes: 0 success · 1 the run failed · 2 wrong input · 3 the run was cancelled · 4 not found · 5 not allowed ·
6 refused · 7 unreachable · 10 differences · 124 --timeout has passed · 130 detached from a run that continues`;

/** Carries out one command line. Resolves with its exit code; prints every error. */
export async function runCli(
  args: readonly string[],
  { terminal, readSettings }: { terminal: Terminal; readSettings: () => Promise<Settings> },
): Promise<number> {
  const program = makeProgram();
  let commands: Commands | undefined;
  try {
    commands = new Commands(terminal, await readSettings());
    await addCommands(program, commands, args);
    await program.parseAsync([...args], { from: 'user' });
    return commands.exitCode;
  } catch (error) {
    // Commander has printed its message.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.success : EXIT.badInput;
    // Most commands end well, and load less without it.
    const { explainError } = await import('./explain-error.ts');
    const [first = '', ...rest] = explainError(error, commands?.context);
    terminal.note(`${terminal.paint('red', 'error:')} ${first}`);
    for (const line of rest) terminal.note(line);
    const exitCode = exitCodeOfError(error);
    if (exitCode === EXIT.bug && error instanceof Error) terminal.note(String(error.stack));
    return exitCode;
  }
}

function readVersion(): string {
  // The file is the manifest of this package.
  const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
  return version;
}

function makeProgram(): Command {
  return new Command('rat')
    .description('Runs SQL pipelines, follows their logs, and looks at their tables.')
    .option('--url <url>', 'the API; RAT_API_URL and rat login set it too')
    .option(
      '--profile <name>',
      'the server and token that rat login stored under a name',
      profileName,
    )
    .option('-n, --namespace <name>', 'where a name without one is looked up', 'default')
    .option('--json', 'print the objects of the API, one a line')
    .option('-q, --quiet', 'print ids only')
    .version(readVersion(), '--version', 'print the version of rat')
    .commandsGroup(OTHERS)
    .helpCommand('help [command]')
    .addHelpText('after', EXIT_CODES)
    .showHelpAfterError('(rat --help lists the commands)')
    .exitOverride();
}
