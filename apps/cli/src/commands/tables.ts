import { collect, type RatClient } from '@rat/client';
import { formatRef } from '@rat/domain/words';
import type { Command } from 'commander';
import { confirm } from '../ask.ts';
import type { CliContext } from '../context.ts';
import { formatBytes, formatCount, formatTime } from '../format.ts';
import { parsePipelineName } from '../names.ts';
import { planDrop, printDropped, type DropOptions } from '../plan-drop.ts';
import type { Commands } from './command.ts';

type Table = Awaited<ReturnType<RatClient['tables']['get']>>;

/** `rat tables` and its commands. */
export function addTableCommands(program: Command, commands: Commands): void {
  const tables = program
    .command('tables')
    .argument('[table]', 'such as gold.daily')
    .option('--dropped', 'list those that were dropped and can be restored')
    .action(
      commands.action<{ dropped?: true }, [string | undefined]>(async (context, options, name) => {
        if (options.dropped) return listDropped(context);
        if (name === undefined) return listTables(context);
        const table = await context.rat.tables.get(parsePipelineName(name, context.namespace));
        context.object(table, name, () => printTable(context, table));
      }),
    );

  tables
    .command('drop')
    .summary('drop a table; it can be restored for some days')
    .argument('<table>', 'such as gold.daily')
    .option('--force', 'also while pipelines read it; cancels the runs of its own pipeline')
    .option('--reason <text>', 'stored with the drop')
    .option('--dry-run', 'only show what would be lost, and who reads it')
    .option('--yes', 'agree')
    .action(
      commands.action<DropOptions, [string]>(async (context, options, name) => {
        const ref = parsePipelineName(name, context.namespace);
        const address = formatRef(ref);
        await planDrop(context, ref);
        if (options.dryRun) return;
        await confirm(context, `Drop the table ${address}?`, options);
        const { force, reason } = options;
        const dropped = await context.rat.tables.drop(ref, { force: force === true, reason });
        context.object(dropped, address, () => printDropped(context, dropped));
      }),
    );

  tables
    .command('restore')
    .summary('restore a dropped table as it was')
    .argument('<table>', 'such as gold.daily')
    .option('--drop <id>', 'which drop of the name to take back; the latest unless given')
    .action(
      commands.action<{ drop?: string }, [string]>(async (context, options, name) => {
        const ref = parsePipelineName(name, context.namespace);
        const body = options.drop === undefined ? {} : { drop_id: options.drop };
        const restored = await context.rat.tables.undrop(ref, body);
        const address = formatRef(ref);
        context.object(restored, address, () =>
          context.terminal.data(
            `restored ${address}, which was dropped ${formatTime(restored.dropped_at)}`,
          ),
        );
      }),
    );
}

async function listTables(context: CliContext): Promise<void> {
  const { rat, namespace } = context;
  context.list(await collect(rat.tables.list({ namespace })), {
    id: formatRef,
    head: ['table', 'rows', 'size', 'updated'],
    row: (table) => [
      formatRef(table),
      table.rows,
      formatBytes(table.bytes),
      formatTime(table.updated_at),
    ],
    empty: `namespace ${namespace} has no table`,
  });
}

async function listDropped(context: CliContext): Promise<void> {
  const { rat, namespace } = context;
  const found = await collect(rat.tables.list({ namespace, dropped: true }));
  context.list(found, {
    id: ({ dropped }) => dropped?.drop_id ?? '',
    head: ['table', 'dropped', 'by', 'until', 'drop', 'reason'],
    row: (table) => [
      formatRef(table),
      formatTime(table.dropped?.dropped_at ?? null),
      table.dropped?.dropped_by ?? null,
      formatTime(table.dropped?.restorable_until ?? null),
      table.dropped?.drop_id ?? null,
      table.dropped?.reason ?? null,
    ],
    empty: `no dropped table of namespace ${namespace} can be restored`,
  });
}

function printTable({ terminal }: CliContext, table: Table): void {
  const rows = table.rows === null ? 'an unknown number of rows' : formatCount(table.rows, 'row');
  terminal.data(
    `${formatRef(table)}: ${rows}, ${formatBytes(table.bytes)}, updated ${formatTime(table.updated_at)}`,
  );
  terminal.table(
    ['column', 'type', 'description'],
    table.columns.map((column) => [column.name, column.type, column.description ?? '']),
  );
}
