import { resolve } from 'node:path';
import { collect } from '@rat/client';
import { formatRef } from '@rat/domain/words';
import type { Command } from 'commander';
import { confirm } from '../ask.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { formatTime } from '../format.ts';
import { parsePipelineName } from '../names.ts';
import { printWarnings } from '../print-checks.ts';
import { printDiff } from '../print-diff.ts';
import type { Commands } from './command.ts';

type Folder = typeof import('@rat/pipeline-folder');
type Diff = Awaited<ReturnType<Folder['diffFolder']>>[number];

interface ApplyOptions {
  dryRun?: true;
  prune?: true;
  yes?: true;
}

/** Commands about pipelines and their files: pipelines, versions, diff, apply, pull. */
export function addPipelineCommands(program: Command, commands: Commands): void {
  program
    .command('pipelines')
    .option('--search <text>', 'a part of the address or the description')
    .option('--all-namespaces', 'of all namespaces')
    .action(
      commands.action<{ search?: string; allNamespaces?: true }, []>(async (context, options) => {
        const home = options.allNamespaces ? {} : { namespace: context.namespace };
        const list = context.rat.pipelines.list({ ...home, q: options.search });
        context.list(await collect(list), {
          id: formatRef,
          head: ['pipeline', 'version', 'updated', 'description'],
          row: (one) => [formatRef(one), one.version, formatTime(one.updated_at), one.description],
          empty: 'no pipeline matches; rat apply stores those of a folder',
        });
      }),
    );

  program
    .command('versions')
    .argument('<pipeline>', 'such as gold.daily')
    .action(
      commands.action<object, [string]>(async (context, _, name) => {
        const ref = parsePipelineName(name, context.namespace);
        context.list(await collect(context.rat.versions.list(ref)), {
          id: ({ version }) => String(version),
          head: ['version', 'created', 'author', 'message'],
          row: (one) => [one.version, formatTime(one.created_at), one.author, one.message],
          empty: 'the pipeline has no version',
        });
      }),
    );

  program
    .command('diff')
    .description(`Prints a diff of each file that differs. Exits ${EXIT.differences} if any does.`)
    .argument('<folder>', 'the folder that holds pipelines/')
    .option('--prune', 'also pipelines that the folder no longer has')
    .action(
      commands.action<{ prune?: true }, [string]>(async (context, options, folder) => {
        const diffs = await readDiffs(context, folder, options);
        return diffs.length === 0 ? EXIT.success : EXIT.differences;
      }),
    );

  program
    .command('apply')
    .argument('<folder>', 'the folder that holds pipelines/')
    .option(
      '--dry-run',
      'only print what would change, as rat diff does, and the mistakes that it would refuse',
    )
    .option('--prune', 'also delete pipelines that the folder no longer has; their tables stay')
    .option('--yes', 'agree to the deletions')
    .action(commands.action<ApplyOptions, [string]>(applyFolder));

  program
    .command('pull')
    .argument('<folder>', 'where pipelines/ is, or will be')
    .option('--force', 'overwrite files that were changed in the folder')
    .option('--all-namespaces', 'of all namespaces')
    .action(
      commands.action<{ force?: true; allNamespaces?: true }, [string]>(
        async (context, options, folder) => {
          const { pullFolder } = await import('@rat/pipeline-folder');
          const { terminal } = context;
          const pulled = await pullFolder(context.rat, resolve(folder), {
            namespace: options.allNamespaces ? undefined : context.namespace,
            force: options.force === true,
          });
          for (const path of [...pulled.write, ...pulled.changed]) terminal.data(`wrote ${path}`);
          for (const path of pulled.remove) terminal.data(`removed ${path}`);
          for (const path of pulled.orphaned) terminal.note(`kept ${path}: it was changed here`);
          for (const name of pulled.unpublished)
            terminal.note(`left out ${name}: it was never published`);
          terminal.note(`${pulled.pipelines} pipelines, ${pulled.files} files`);
        },
      ),
    );
}

async function applyFolder(
  context: CliContext,
  options: ApplyOptions,
  folder: string,
): Promise<number> {
  const { rat, terminal } = context;
  const sync = await import('@rat/pipeline-folder');
  const directory = resolve(folder);
  if (options.dryRun) {
    const diffs = await readDiffs(context, folder, options);
    await sync.checkApply(rat, directory);
    return diffs.length === 0 ? EXIT.success : EXIT.differences;
  }
  // The plan of a prune is made first: what it deletes is known before anything changes.
  const diffs = options.prune ? await sync.diffFolder(rat, directory, { prune: true }) : [];
  const gone = diffs.filter(({ status }) => status === 'gone').map(({ ref }) => ref);
  if (gone.length > 0) {
    for (const ref of gone) terminal.note(`not in the folder: ${formatRef(ref)}`);
    await confirm(context, `Delete these ${gone.length} pipelines? Their tables stay.`, options);
  }
  const { put, madeNamespaces } = await sync.applyFolder(rat, directory);
  for (const namespace of madeNamespaces) terminal.note(`made namespace ${namespace}`);
  for (const { ref, result, warnings } of put) {
    const address = formatRef(ref);
    context.object({ ...ref, result, warnings }, address, () =>
      terminal.data(`${result} ${address}`),
    );
    printWarnings(context, warnings);
  }
  for (const ref of gone) {
    await rat.pipelines.delete(ref);
    context.object({ ...ref, result: 'deleted' }, formatRef(ref), () =>
      terminal.data(`deleted ${formatRef(ref)}`),
    );
  }
  return EXIT.success;
}

/** Prints the differences of a folder. */
async function readDiffs(
  context: CliContext,
  folder: string,
  { prune }: { prune?: true },
): Promise<Diff[]> {
  const { diffFolder } = await import('@rat/pipeline-folder');
  const diffs = await diffFolder(context.rat, resolve(folder), { prune: prune === true });
  for (const diff of diffs) {
    const address = formatRef(diff.ref);
    context.object(diff, address, () => printFiles(context, diff));
  }
  if (diffs.length === 0) context.terminal.note('the folder and the API are the same');
  return diffs;
}

function printFiles({ terminal }: CliContext, { ref, status, files }: Diff): void {
  terminal.data(terminal.paintData('bold', `${status} ${formatRef(ref)}`));
  for (const { diff } of files) printDiff(terminal, diff);
}
