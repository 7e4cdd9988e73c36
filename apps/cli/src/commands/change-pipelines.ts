import { formatRef } from '@rat/domain/words';
import { Option, type Command } from 'commander';
import { confirm } from '../ask.ts';
import type { CliContext } from '../context.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { parsePipelineName } from '../names.ts';
import { wholeNumber } from '../options.ts';
import { planDrop, printDropped, type DropOptions } from '../plan-drop.ts';
import { printWarnings } from '../print-checks.ts';
import { printContentDiff } from '../print-diff.ts';
import type { Commands } from './command.ts';

interface RestoreOptions {
  message?: string;
  dryRun?: true;
}

interface DeleteOptions extends DropOptions {
  table?: 'keep' | 'drop';
}

/** Commands that change one stored pipeline: restore, delete. */
export function addChangePipelineCommands(program: Command, commands: Commands): void {
  program
    .command('restore')
    .argument('<pipeline>', 'such as gold.daily')
    .argument('<version>', 'a number that rat versions lists', wholeNumber(1))
    .option('--message <text>', 'why; stored with the new version')
    .option('--dry-run', 'only print what would change')
    .action(commands.action<RestoreOptions, [string, number]>(restoreVersion));

  program
    .command('delete')
    .argument('<pipeline>', 'such as gold.daily')
    .addOption(
      new Option('--table <choice>', 'what becomes of its table; keep is the default').choices([
        'keep',
        'drop',
      ]),
    )
    .option('--force', 'with --table drop: also while pipelines read it')
    .option('--reason <text>', 'with --table drop: stored with the drop')
    .option('--dry-run', 'only show what would be lost, and who reads the table')
    .option('--yes', 'agree')
    .action(commands.action<DeleteOptions, [string]>(deletePipeline));
}

async function restoreVersion(
  context: CliContext,
  { message, dryRun }: RestoreOptions,
  name: string,
  version: number,
): Promise<number> {
  const { rat, terminal } = context;
  const ref = parsePipelineName(name, context.namespace);
  const address = formatRef(ref);
  if (dryRun) {
    const { version: current } = await rat.pipelines.get(ref);
    const diff = await rat.versions.diff(ref, { from: current, to: version });
    const hasChanges = diff.files.length + diff.config.length > 0;
    context.object(diff, address, () => printContentDiff(terminal, diff));
    if (!hasChanges) terminal.note(`version ${version} is what ${address} is now`);
    return hasChanges ? EXIT.differences : EXIT.success;
  }
  const note = message === undefined ? {} : { message };
  const { about } = await import('@rat/pipeline-folder');
  const written = await about(address, rat.versions.restore({ ...ref, version }, note));
  context.object(written, address, () =>
    terminal.data(
      written.result === 'unchanged'
        ? `${address} is version ${version} already`
        : `restored version ${version} of ${address} as version ${written.version}`,
    ),
  );
  printWarnings(context, written.warnings);
  return EXIT.success;
}

async function deletePipeline(
  context: CliContext,
  options: DeleteOptions,
  name: string,
): Promise<void> {
  const { rat, terminal } = context;
  const { table = 'keep', force, reason } = options;
  const ref = parsePipelineName(name, context.namespace);
  const address = formatRef(ref);
  if (table === 'keep' && (force !== undefined || reason !== undefined))
    throw new CliError('--force and --reason are about the table: add --table drop');
  const { draft_dirty: hasDraft } = await rat.pipelines.get(ref);
  if (hasDraft) terminal.note(`${address} has a draft, which is lost`);
  if (table === 'drop') await planDrop(context, ref, { mayLack: true });
  if (options.dryRun) return;
  const what = table === 'drop' ? 'and drop its table' : 'and keep its table';
  await confirm(context, `Delete ${address} ${what}? Its runs stay.`, options);
  const query = table === 'keep' ? {} : { table, force: force === true, reason };
  const answer = await rat.pipelines.delete(ref, query);
  const dropped = answer?.table ?? null;
  context.object({ ...ref, result: 'deleted', table: dropped }, address, () => {
    terminal.data(`deleted ${address}`);
    if (dropped !== null) printDropped(context, dropped);
  });
}
