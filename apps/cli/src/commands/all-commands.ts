import type { Command } from 'commander';
import type { Commands } from './command.ts';

/** A file of commands, which is loaded when a command line names one of them. */
interface CommandFile {
  /** The heading above its commands in the help. */
  group: string;
  /** What each of its commands does, in the order of the help. */
  summaries: Readonly<Record<string, string>>;
  /** Further words that mean one of its commands. The help does not show them. */
  others?: readonly string[];
  load: () => Promise<(program: Command, commands: Commands) => void>;
}

const RUNS = 'Runs:';
const PIPELINES = 'Pipelines:';
const DATA = 'Data:';
const AUTOMATION = 'What starts by itself:';
const INSTALLATION = 'The installation:';
const ACCESS = 'Sign-in and servers:';
/** Also that of commander's own `help`. */
export const OTHERS = 'Others:';

/** In the order of the help. */
export const COMMAND_FILES: readonly CommandFile[] = [
  {
    group: RUNS,
    summaries: {
      run: 'start a run and follow it to its end',
      logs: 'print the log of a run',
    },
    load: async () => (await import('./run.ts')).addRunCommands,
  },
  {
    group: RUNS,
    summaries: {
      runs: 'list runs, newest first',
      show: 'show one run',
      why: 'show what keeps a run from starting',
    },
    load: async () => (await import('./runs.ts')).addRunsCommands,
  },
  {
    group: RUNS,
    summaries: {
      cancel: 'cancel runs',
      rerun: 'run the pipelines of ended runs again, as they are today',
      reproduce: 'run the same version on the same snapshots again',
      publish: 'publish the rows of a run in quarantine',
      discard: 'drop the rows of a run in quarantine',
      revert: 'make the table what it was before a run',
    },
    load: async () => (await import('./decide.ts')).addDecideCommands,
  },
  {
    group: PIPELINES,
    summaries: {
      pipelines: 'list pipelines',
      versions: 'list the versions of a pipeline, newest first',
      diff: 'show what an apply of a folder would change',
      apply: 'store the pipelines of a folder',
      pull: 'write the files of all pipelines into a folder',
    },
    load: async () => (await import('./pipelines.ts')).addPipelineCommands,
  },
  {
    group: PIPELINES,
    summaries: {
      restore: 'make an old version of a pipeline the newest one',
      delete: 'delete a pipeline, with or without its table',
    },
    load: async () => (await import('./change-pipelines.ts')).addChangePipelineCommands,
  },
  {
    group: PIPELINES,
    summaries: { drafts: 'list, show, save, publish and discard drafts' },
    load: async () => (await import('./drafts.ts')).addDraftCommands,
  },
  {
    group: PIPELINES,
    summaries: {
      validate: 'check the pipelines of a folder without storing them',
      preview: 'run a pipeline without storing anything, and show its first rows',
      test: 'run the quality tests of a pipeline on its table as it is',
    },
    load: async () => (await import('./authoring.ts')).addAuthoringCommands,
  },
  {
    group: PIPELINES,
    summaries: { dev: 'check and preview each pipeline of a folder when it is saved' },
    load: async () => (await import('./dev.ts')).addDevCommand,
  },
  {
    group: DATA,
    summaries: {
      query: 'query tables',
      lineage: 'show where data comes from, and what it flows into',
      upload: 'deliver files into a landing zone',
    },
    load: async () => (await import('./data.ts')).addDataCommands,
  },
  {
    group: DATA,
    summaries: { tables: 'list, show, drop and restore tables' },
    load: async () => (await import('./tables.ts')).addTableCommands,
  },
  {
    group: AUTOMATION,
    summaries: { schedules: 'list, pause, resume and run schedules' },
    load: async () => (await import('./schedules.ts')).addScheduleCommands,
  },
  {
    group: AUTOMATION,
    summaries: {
      triggers: 'list, pause, resume and run triggers',
      'why-not': 'show why a pipeline does not run by itself',
    },
    load: async () => (await import('./triggers.ts')).addTriggerCommands,
  },
  {
    group: ACCESS,
    summaries: {
      login: 'store a token for later commands',
      logout: 'forget the stored token',
      whoami: 'show who the API takes you for',
      tokens: 'list, create and delete tokens',
    },
    others: ['token'],
    load: async () => (await import('./access.ts')).addAccessCommands,
  },
  {
    group: ACCESS,
    summaries: { profile: 'list and choose profiles: servers with their tokens' },
    load: async () => (await import('./profiles.ts')).addProfileCommands,
  },
  {
    group: INSTALLATION,
    summaries: {
      runners: 'list runners and what they execute',
      pools: 'list pools with their slots and what waits for each',
      status: 'show what runs, what waits, and whether runs would be executed',
      doctor: 'check the connection, the sign-in and the parts of the installation',
      api: 'send a GET request and print the answer',
    },
    load: async () => (await import('./system.ts')).addSystemCommands,
  },
  {
    group: INSTALLATION,
    summaries: { namespaces: 'list, show, create and delete namespaces' },
    load: async () => (await import('./namespaces.ts')).addNamespaceCommands,
  },
  {
    group: OTHERS,
    summaries: { open: 'open the console in a browser, and print its address' },
    load: async () => (await import('./open.ts')).addOpenCommand,
  },
  {
    group: OTHERS,
    summaries: { mcp: 'serve the API as tools for a program with a language model' },
    load: async () => (await import('./mcp.ts')).addMcpCommand,
  },
  {
    group: OTHERS,
    summaries: { completion: 'print a completion script for a shell' },
    others: ['__complete'],
    load: async () => (await import('./completion.ts')).addCompletionCommands,
  },
];

/**
 * Adds all commands. The files of those that the command line names are loaded; the others have a name and a summary, which
 * is what the help shows of them.
 */
export async function addCommands(
  program: Command,
  commands: Commands,
  args: readonly string[],
): Promise<void> {
  const loaded = await Promise.all(
    COMMAND_FILES.map(async (file) =>
      namesOf(file).some((name) => args.includes(name)) ? file.load() : undefined,
    ),
  );
  COMMAND_FILES.forEach(({ group, summaries }, i) => {
    loaded[i]?.(program, commands);
    for (const [name, summary] of Object.entries(summaries)) {
      const command = program.commands.find((one) => one.name() === name) ?? program.command(name);
      command.summary(summary).helpGroup(group);
    }
  });
  program.commands.forEach(explainUse);
}

/** All words that mean a command of a file. */
export function namesOf({ summaries, others = [] }: CommandFile): string[] {
  return [...Object.keys(summaries), ...others];
}

/** The help of a command describes what it does, and an error names the help to read. */
function explainUse(command: Command): void {
  const summary = command.summary();
  if (command.description() === '' && summary !== '')
    command.description(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`);
  const names = [command.name()];
  for (let above = command.parent; above !== null; above = above.parent)
    names.unshift(above.name());
  command.showHelpAfterError(`(${names.join(' ')} --help shows how to use it)`);
  command.commands.forEach(explainUse);
}
