import { expect, test } from '@jest/globals';
import { Command } from 'commander';
import { Terminal } from '../terminal.ts';
import { addCommands, COMMAND_FILES } from './all-commands.ts';
import { Commands } from './command.ts';

const { stdin, stdout, stderr } = process;
const COMMANDS = new Commands(new Terminal({ stdin, stdout, stderr }, { noColour: true }), {
  RAT_API_URL: undefined,
  RAT_TOKEN: undefined,
  RAT_PROFILE: undefined,
  logins: { current: 'default', profiles: new Map() },
  loginFile: '/nowhere',
});

async function namesFor(...args: string[]): Promise<string[]> {
  const program = new Command();
  await addCommands(program, COMMANDS, args);
  return program.commands.map((one) => one.name());
}

test('each file adds the commands that the list names for it', async () => {
  for (const { names, load } of COMMAND_FILES) {
    const program = new Command();
    (await load())(program, COMMANDS);
    expect(program.commands.map((one) => one.name()).toSorted()).toEqual([...names].toSorted());
  }
});

test('a command line loads the file of its command alone, and the help all of them', async () => {
  const all = COMMAND_FILES.flatMap(({ names }) => names).toSorted();
  expect(await namesFor('logs', 'runs')).toEqual(['run', 'logs']);
  for (const args of [
    [],
    ['--help'],
    ['--json', 'runs'],
    ['rnus'],
    ['help', 'runs'],
    ['__complete'],
  ])
    expect((await namesFor(...args)).toSorted()).toEqual(all);
});
