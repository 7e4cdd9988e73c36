import { Command, CommanderError } from 'commander';
import { addAccessCommands } from './commands/access.ts';
import { addAuthoringCommands } from './commands/authoring.ts';
import { Commands } from './commands/command.ts';
import { addCompletionCommands } from './commands/completion.ts';
import { addDataCommands } from './commands/data.ts';
import { addDecideCommands } from './commands/decide.ts';
import { addDevCommand } from './commands/dev.ts';
import { addMcpCommand } from './commands/mcp.ts';
import { addOpenCommand } from './commands/open.ts';
import { addPipelineCommands } from './commands/pipelines.ts';
import { addProfileCommands } from './commands/profiles.ts';
import { addRunCommands } from './commands/run.ts';
import { addRunsCommands } from './commands/runs.ts';
import { addScheduleCommands } from './commands/schedules.ts';
import { addSystemCommands } from './commands/system.ts';
import { addTriggerCommands } from './commands/triggers.ts';
import type { Settings } from './context.ts';
import { EXIT, exitCodeOfError } from './exit-codes.ts';
import { explainError } from './explain-error.ts';
import { profileName } from './options.ts';
import type { Terminal } from './terminal.ts';

const EXIT_CODES = `
Exit codes: 0 success · 1 the run failed · 2 wrong input · 3 the run was cancelled · 4 not found · 5 not allowed ·
6 refused · 7 unreachable · 10 differences · 124 --timeout has passed · 130 detached from a run that continues`;

/** Carries out one command line. Resolves with its exit code; prints every error. */
export async function runCli(
  args: readonly string[],
  { terminal, settings }: { terminal: Terminal; settings: Settings },
): Promise<number> {
  const commands = new Commands(terminal, settings);
  const program = makeProgram(commands);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return commands.exitCode;
  } catch (error) {
    // Commander has printed its message.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.success : EXIT.badInput;
    const [first = '', ...rest] = explainError(error, commands.context);
    terminal.note(`${terminal.paint('red', 'error:')} ${first}`);
    for (const line of rest) terminal.note(line);
    const exitCode = exitCodeOfError(error);
    if (exitCode === EXIT.bug && error instanceof Error) terminal.note(String(error.stack));
    return exitCode;
  }
}

function makeProgram(commands: Commands): Command {
  const program = new Command('rat')
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
    .addHelpText('after', EXIT_CODES)
    .showHelpAfterError('(rat --help lists the commands)')
    .exitOverride();
  addRunCommands(program, commands);
  addRunsCommands(program, commands);
  addDecideCommands(program, commands);
  addPipelineCommands(program, commands);
  addAuthoringCommands(program, commands);
  addDevCommand(program, commands);
  addDataCommands(program, commands);
  addScheduleCommands(program, commands);
  addTriggerCommands(program, commands);
  addAccessCommands(program, commands);
  addProfileCommands(program, commands);
  addOpenCommand(program, commands);
  addSystemCommands(program, commands);
  addMcpCommand(program, commands);
  addCompletionCommands(program, commands);
  return program;
}
