import { text } from 'node:stream/consumers';
import { collect, RatClient } from '@rat/client';
import { ROLES, type Role } from '@rat/domain/words';
import { Option, type Command } from 'commander';
import { askSecret } from '../ask.ts';
import { assertToken } from '../context.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { formatTime } from '../format.ts';
import { withLogin, withoutLogin, writeLogins } from '../login-file.ts';
import { time } from '../options.ts';
import type { Commands } from './command.ts';

/** Commands about who may do what: login, logout, whoami, tokens. */
export function addAccessCommands(program: Command, commands: Commands): void {
  program
    .command('login')
    .description(
      'Reads a token from standard input, checks it, and stores it in a file that only you can read.',
    )
    .action(
      commands.action<object, []>(async (context) => {
        const { terminal, profile, urlOfLogin: url, settings } = context;
        const given = terminal.isInteractive
          ? await askSecret(terminal, `token for ${url}, which is not shown: `)
          : await text(terminal.stdin);
        const token = given.trim();
        if (token === '') throw new CliError('the token is empty: write it to standard input');
        assertToken(token, 'standard input');
        const session = await new RatClient({ baseUrl: url, token }).session.get();
        await writeLogins(settings.loginFile, withLogin(settings.logins, profile, { url, token }));
        terminal.note(
          `signed in to ${url} as ${session.name ?? 'anyone, because sign-in is off'} (${session.role})`,
        );
      }),
    );

  program.command('logout').action(
    commands.action<object, []>(async (context) => {
      const { settings, terminal, profile } = context;
      context.assertProfile();
      await writeLogins(settings.loginFile, withoutLogin(settings.logins, profile));
      terminal.note(
        'the stored token is removed; it is valid until it is deleted by rat tokens delete',
      );
    }),
  );

  program.command('whoami').action(
    commands.action<object, []>(async (context) => {
      const session = await context.rat.session.get();
      const { name, role, namespaces, sign_in: isOn } = session;
      context.object(session, name ?? '', () => {
        const where = namespaces === null ? 'all namespaces' : namespaces.join(', ');
        context.terminal.data(
          isOn
            ? `${name ?? ''}: ${role} in ${where}`
            : 'sign-in is off: everyone may do everything',
        );
      });
    }),
  );

  const tokens = program.command('tokens').alias('token');
  tokens
    .command('list', { isDefault: true })
    .summary('list tokens')
    .action(
      commands.action<object, []>(async (context) => {
        context.list(await collect(context.rat.tokens.list()), {
          id: ({ id }) => id,
          head: ['id', 'name', 'role', 'namespaces', 'last used', 'ends'],
          row: (token) => [
            token.id,
            token.name,
            token.role,
            token.namespaces?.join(',') ?? 'all',
            formatTime(token.last_used_at),
            token.revoked_at === null
              ? formatTime(token.expires_at)
              : `revoked ${formatTime(token.revoked_at)}`,
          ],
          empty: 'there is no token: sign-in is off, or has the admin of the environment only',
        });
      }),
    );
  tokens
    .command('create')
    .summary('create a token and print it once')
    .argument('<name>', 'who or what will use it')
    .addOption(new Option('--role <role>', 'what it may do').choices(ROLES).makeOptionMandatory())
    .option('--limit-to <namespaces...>', 'the only namespaces of a viewer or an operator')
    .option('--expires <time>', 'when it ends', time)
    .action(
      commands.action<{ role: Role; limitTo?: string[]; expires?: Date }, [string]>(
        async (context, options, name) => {
          const made = await context.rat.tokens.create({
            name,
            role: options.role,
            namespaces: options.limitTo ?? null,
            expires_at: options.expires?.toISOString() ?? null,
          });
          context.terminal.note(`${made.id}: it is shown this once`);
          context.object(made, made.token, () => context.terminal.data(made.token));
        },
      ),
    );
  tokens
    .command('delete')
    .summary('make a token invalid at once')
    .argument('<ids...>')
    .action(
      commands.action<object, [string[]]>(async (context, _, ids) => {
        for (const id of ids) {
          await context.rat.tokens.delete(id);
          context.terminal.note(`deleted ${id}`);
        }
        return EXIT.success;
      }),
    );
}
