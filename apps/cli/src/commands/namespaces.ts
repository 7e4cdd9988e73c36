import { collect, type RatClient } from '@rat/client';
import type { Command } from 'commander';
import { confirm } from '../ask.ts';
import type { CliContext } from '../context.ts';
import { formatBytes, formatCount, formatTime } from '../format.ts';
import type { Commands } from './command.ts';

type Namespace = Awaited<ReturnType<RatClient['namespaces']['get']>>;

interface CreateOptions {
  description?: string;
  owner?: string;
}

/** `rat namespaces` and its commands. */
export function addNamespaceCommands(program: Command, commands: Commands): void {
  const namespaces = program.command('namespaces');
  namespaces
    .command('list', { isDefault: true })
    .summary('list namespaces')
    .action(
      commands.action<object, []>(async (context) => {
        context.list(await collect(context.rat.namespaces.list()), {
          id: ({ name }) => name,
          head: ['namespace', 'pipelines', 'owner', 'description'],
          row: (one) => [one.name, one.pipelines, one.owner, one.description],
          empty: 'you may see no namespace',
        });
      }),
    );

  namespaces
    .command('show')
    .summary('show a namespace with its quotas')
    .argument('<namespace>')
    .action(
      commands.action<object, [string]>(async (context, _, name) => {
        const found = await context.rat.namespaces.get(name);
        context.object(found, found.name, () => printNamespace(context, found));
      }),
    );

  namespaces
    .command('create')
    .summary('make a namespace')
    .argument('<namespace>', 'a name of lower-case letters, digits, - and _')
    .option('--description <text>', 'what it is for')
    .option('--owner <name>', 'who is responsible for it')
    .action(
      commands.action<CreateOptions, [string]>(async (context, { description, owner }, name) => {
        const facts = {
          ...(description === undefined ? {} : { description }),
          ...(owner === undefined ? {} : { owner }),
        };
        const made = await context.rat.namespaces.create({ name, ...facts });
        context.object(made, made.name, () => context.terminal.data(`made ${made.name}`));
      }),
    );

  namespaces
    .command('delete')
    .summary('delete an empty namespace; its ended runs stay')
    .argument('<namespace>')
    .option('--yes', 'agree')
    .action(
      commands.action<{ yes?: true }, [string]>(async (context, options, name) => {
        // A wrong name must not wait for consent.
        await context.rat.namespaces.get(name);
        await confirm(context, `Delete the namespace ${name}?`, options);
        await context.rat.namespaces.delete(name);
        context.object({ name, result: 'deleted' }, name, () =>
          context.terminal.data(`deleted ${name}`),
        );
      }),
    );
}

function printNamespace({ terminal }: CliContext, one: Namespace): void {
  terminal.data(`${one.name}: ${formatCount(one.pipelines, 'pipeline')}, weight ${one.weight}`);
  if (one.description !== '') terminal.data(one.description);
  if (one.owner !== null) terminal.data(`owner ${one.owner}`);
  terminal.data(`made ${formatTime(one.created_at)}, changed ${formatTime(one.updated_at)}`);
  const { quotas, quota_use: use } = one;
  const rows = [
    ['runs in line', quotas.runs_in_line, use.runs_in_line],
    ['runs running', quotas.runs_running, use.runs_running],
    ['seconds of queries this hour', quotas.query_seconds, use.query_seconds],
    ['uploads today', quotas.upload_bytes, use.upload_bytes],
  ] as const;
  const limited = rows.filter(([, limit]) => limit !== null);
  if (limited.length === 0) return;
  const format = (name: string, n: number | null): string | number | null =>
    name === 'uploads today' ? formatBytes(n) : n;
  terminal.table(
    ['quota', 'limit', 'used'],
    limited.map(([name, limit, used]) => [name, format(name, limit), format(name, used)]),
  );
}
