import type { Command } from 'commander';
import { unknownProfile, type CliContext } from '../context.ts';
import { writeLogins } from '../login-file.ts';
import type { Commands } from './command.ts';

/** Commands about profiles, which are servers with their tokens: `rat login` makes them. */
export function addProfileCommands(program: Command, commands: Commands): void {
  const profiles = program
    .command('profile')
    .description('rat login --profile NAME stores a server and its token under a name.');
  profiles
    .command('list', { isDefault: true })
    .summary('list profiles')
    .action(
      commands.action<object, []>(async (context) => {
        const stored = [...context.settings.logins.profiles].map(([name, { url }]) => ({
          name,
          url,
        }));
        context.list(
          stored.map((one) => ({ ...one, current: one.name === context.profile })),
          {
            id: ({ name }) => name,
            head: ['profile', 'server', ''],
            row: ({ name, url, current }) => [name, url, current ? 'in use' : ''],
            empty: 'there is no profile: rat login makes one',
          },
        );
      }),
    );
  profiles
    .command('use')
    .summary('make a profile that of later commands')
    .argument('<name>')
    .action(
      commands.action<object, [string]>(async ({ settings, terminal }, _, name) => {
        const { logins, loginFile } = settings;
        const login = logins.profiles.get(name);
        if (login === undefined) throw unknownProfile(name);
        await writeLogins(loginFile, { ...logins, current: name });
        terminal.note(`later commands use ${login.url}`);
      }),
    );
  profiles
    .command('show')
    .summary('show the server and the profile that commands use now')
    .action(commands.action<object, []>(async (context) => show(context)));
}

function show(context: CliContext): void {
  const { profile, settings, tokenSource: source } = context;
  const found = {
    name: settings.logins.profiles.has(profile) ? profile : null,
    url: context.url,
    token: source === undefined ? null : source,
  };
  context.object(found, found.name ?? '', () => {
    context.terminal.data(`profile  ${found.name ?? 'none'}`);
    context.terminal.data(`server   ${found.url}`);
    context.terminal.data(`token    ${found.token ?? 'none'}`);
  });
}
