import { expect, test } from '@jest/globals';
import { Command } from 'commander';
import { Terminal } from '../terminal.ts';
import { addCommands, COMMAND_FILES, namesOf } from './all-commands.ts';
import { Commands } from './command.ts';

const { stdin, stdout, stderr } = process;
const COMMANDS = new Commands(new Terminal({ stdin, stdout, stderr }, { noColour: true }), {
  RAT_API_URL: undefined,
  RAT_TOKEN: undefined,
  RAT_PROFILE: undefined,
  logins: { current: 'default', profiles: new Map() },
  loginFile: '/nowhere',
});

async function programFor(...args: string[]): Promise<Command> {
  const program = new Command('rat');
  await addCommands(program, COMMANDS, args);
  return program;
}

/** The commands that can do something: the others have a name and a summary alone. */
async function loadedFor(...args: string[]): Promise<string[]> {
  const { commands } = await programFor(...args);
  // Commander keeps the action of a command to itself.
  return commands
    .filter(
      (one) => ('_actionHandler' in one && one._actionHandler !== null) || one.commands.length > 0,
    )
    .map((one) => one.name());
}

test('each file adds the commands that the list names for it', async () => {
  for (const file of COMMAND_FILES) {
    const program = new Command();
    (await file.load())(program, COMMANDS);
    const names = program.commands.flatMap((one) => [one.name(), ...one.aliases()]);
    expect(names.toSorted()).toEqual(namesOf(file).toSorted());
  }
});

test('a command line loads the files of the commands that it names, wherever they stand', async () => {
  expect(await loadedFor('logs', 'last')).toEqual(['run', 'logs']);
  expect(await loadedFor('--json', 'runs')).toEqual(['runs', 'show', 'why']);
  expect(await loadedFor('help', 'why-not')).toEqual(['triggers', 'why-not']);
  expect(await loadedFor('token', 'create')).toEqual(['login', 'logout', 'whoami', 'tokens']);
  expect(await loadedFor('__complete', '--', 'open', '')).toEqual([
    'open',
    'completion',
    '__complete',
  ]);
});

test('the help lists every command with what it does, and loads none', async () => {
  for (const args of [[], ['--help'], ['rnus']]) {
    expect(await loadedFor(...args)).toEqual([]);
    const help = (await programFor(...args)).helpInformation();
    for (const { summaries } of COMMAND_FILES)
      for (const [name, summary] of Object.entries(summaries))
        expect(help.replaceAll(/\s+/g, ' ')).toContain(` ${name} ${summary}`);
  }
});

test('the help of each command says what it does', async () => {
  const all = COMMAND_FILES.flatMap(namesOf);
  const check = (command: Command): void => {
    if (!command.name().startsWith('__')) expect(command.description()).toMatch(/\.$|: rat /);
    command.commands.forEach(check);
  };
  (await programFor(...all)).commands.forEach(check);
});
