import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { followRun } from '../follow-run.ts';
import { findPipelineName, parsePipelineName } from '../names.ts';
import { wholeNumber } from '../options.ts';
import { printIssues, printRows, printTests } from '../print-checks.ts';
import { printDifference } from '../print-difference.ts';
import { addRunInputs, toRunInputs, type RunInputOptions } from '../run-inputs.ts';
import type { Commands } from './command.ts';

interface PreviewOptions extends RunInputOptions {
  limit: number;
  test?: true;
  compare?: true;
  explain?: true;
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

  const command = program
    .command('preview')
    .argument('<what>', 'a file of a pipeline, its folder, or a stored pipeline such as gold.daily')
    .option('--limit <n>', 'at most so many rows', wholeNumber(1), 20)
    .option('--test', 'run its quality tests too; only for a file')
    .option('--compare', 'also show what its table would gain, lose and change; only for a file')
    .option('--explain', 'also show where its query spends time; only for a file');
  addRunInputs(command).action(commands.action<PreviewOptions, [string]>(preview));

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
  const { limit } = options;
  const given = toRunInputs(options);
  const ref = findPipelineName(what, context.namespace);
  if (ref !== undefined && !what.includes('/')) {
    refuseForStored(options);
    const answer = await rat.pipelines.previewStored(ref, { limit, ...given });
    if (answer.error !== undefined) throw new CliError(answer.error);
    printRows(context, answer);
    return EXIT.success;
  }
  const { previewFile } = await import('@rat/pipeline-folder');
  const asked = {
    ...given,
    compare: options.compare === true,
    explain: options.explain === true,
  };
  const runTests = options.test === true;
  const answer = await previewFile(rat, what, { limit, runTests, asked });
  printRows(context, answer);
  if (answer.compare !== null) printDifference(context, answer.compare);
  if (answer.profile !== null) context.terminal.note(answer.profile);
  return printTests(context, answer) ? EXIT.runFailed : EXIT.success;
}

/** What only the preview of a file computes must not look as if nothing was found. */
function refuseForStored({ test, compare, explain }: PreviewOptions): void {
  const given = Object.entries({ test, compare, explain }).find(([, value]) => value === true);
  if (given === undefined) return;
  throw new CliError(`--${given[0]} needs a file: name the file or the folder of the pipeline`);
}
