import type { Command } from 'commander';
import type { Commands } from './command.ts';

/** A file of commands, which is loaded when one of its commands is called. */
interface CommandFile {
  /** The commands that it adds to the program. */
  names: readonly string[];
  /** Its commands look at all others. */
  needsAll?: true;
  load: () => Promise<(program: Command, commands: Commands) => void>;
}

/** In the order of the help. */
export const COMMAND_FILES: readonly CommandFile[] = [
  { names: ['run', 'logs'], load: async () => (await import('./run.ts')).addRunCommands },
  { names: ['runs', 'show', 'why'], load: async () => (await import('./runs.ts')).addRunsCommands },
  {
    names: ['cancel', 'rerun', 'reproduce', 'publish', 'revert', 'discard'],
    load: async () => (await import('./decide.ts')).addDecideCommands,
  },
  {
    names: ['pipelines', 'versions', 'diff', 'apply', 'pull'],
    load: async () => (await import('./pipelines.ts')).addPipelineCommands,
  },
  {
    names: ['validate', 'preview', 'test'],
    load: async () => (await import('./authoring.ts')).addAuthoringCommands,
  },
  { names: ['dev'], load: async () => (await import('./dev.ts')).addDevCommand },
  {
    names: ['query', 'tables', 'lineage', 'upload'],
    load: async () => (await import('./data.ts')).addDataCommands,
  },
  { names: ['schedules'], load: async () => (await import('./schedules.ts')).addScheduleCommands },
  {
    names: ['triggers', 'why-not'],
    load: async () => (await import('./triggers.ts')).addTriggerCommands,
  },
  {
    names: ['login', 'logout', 'whoami', 'tokens'],
    load: async () => (await import('./access.ts')).addAccessCommands,
  },
  { names: ['profile'], load: async () => (await import('./profiles.ts')).addProfileCommands },
  { names: ['open'], load: async () => (await import('./open.ts')).addOpenCommand },
  {
    names: ['runners', 'pools', 'status', 'doctor', 'api'],
    load: async () => (await import('./system.ts')).addSystemCommands,
  },
  { names: ['mcp'], load: async () => (await import('./mcp.ts')).addMcpCommand },
  {
    names: ['completion', '__complete'],
    needsAll: true,
    load: async () => (await import('./completion.ts')).addCompletionCommands,
  },
];

/**
 * Adds the commands that a command line may mean: those of the file of its first word, or all of them where that is no
 * command, such as for the help.
 */
export async function addCommands(
  program: Command,
  commands: Commands,
  [first = '']: readonly string[],
): Promise<void> {
  const named = COMMAND_FILES.find(({ names }) => names.includes(first));
  const files = named === undefined || named.needsAll ? COMMAND_FILES : [named];
  for (const add of await Promise.all(files.map(({ load }) => load()))) add(program, commands);
}
