import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { followRun } from '../follow-run.ts';
import { findPipelineName, parsePipelineName } from '../names.ts';
import { wholeNumber } from '../options.ts';
import { printIssues, printRows, printTests } from '../print-checks.ts';
import type { Commands } from './command.ts';

interface PreviewOptions {
  limit: number;
  test?: true;
}

/** Commands for those who write pipelines: validate, preview, test. */
export function addAuthoringCommands(program: Command, commands: Commands): void {
  program
    .command('validate')
    .argument('<folder>', 'the folder that holds pipelines/')
    .action(
      commands.action<object, [string]>(async (context, _, folder) => {
        const { checkFolder } = await import('@rat/pipeline-folder');
        const checked = await checkFolder(context.rat, resolve(folder));
        const mistaken = checked.filter((one) => printIssues(context, one));
        return mistaken.length === 0 ? EXIT.success : EXIT.badInput;
      }),
    );

  program
    .command('preview')
    .argument('<what>', 'a file of a pipeline, its folder, or a stored pipeline such as gold.daily')
    .option('--limit <n>', 'at most so many rows', wholeNumber(1), 20)
    .option('--test', 'run its quality tests too; only for a file')
    .action(commands.action<PreviewOptions, [string]>(preview));

  program
    .command('test')
    .argument('<pipeline>', 'such as gold.daily')
    .action(
      commands.action<object, [string]>(async (context, _, name) => {
        const { rat, terminal } = context;
        const ref = parsePipelineName(name, context.namespace);
        const headers = { prefer: 'respond-async' };
        const { run_id: id } = await rat.tests.run(ref, { headers });
        terminal.note(`run ${id}`);
        return followRun(context, id, { hasLog: context.options.quiet !== true });
      }),
    );
}

async function preview(
  context: CliContext,
  options: PreviewOptions,
  what: string,
): Promise<number> {
  const { rat } = context;
  const ref = findPipelineName(what, context.namespace);
  if (ref !== undefined && !what.includes('/')) {
    const answer = await rat.pipelines.previewStored(ref, { limit: options.limit });
    if (answer.error !== undefined) throw new CliError(answer.error);
    printRows(context, answer);
    return EXIT.success;
  }
  const { previewFile } = await import('@rat/pipeline-folder');
  const runTests = options.test === true;
  const answer = await previewFile(rat, what, { limit: options.limit, runTests });
  printRows(context, answer);
  return printTests(context, answer) ? EXIT.runFailed : EXIT.success;
}
