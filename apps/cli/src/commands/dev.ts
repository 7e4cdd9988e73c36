import { resolve } from 'node:path';
import type { Command } from 'commander';
import { DevSession } from '../dev-session.ts';
import { wholeNumber } from '../options.ts';
import { addRunInputs, toRunInputs, type RunInputOptions } from '../run-inputs.ts';
import type { Commands } from './command.ts';

interface DevOptions extends RunInputOptions {
  limit: number;
  compare?: true;
}

/** `rat dev`: check and preview a pipeline each time one of its files is saved. */
export function addDevCommand(program: Command, commands: Commands): void {
  const dev = program
    .command('dev')
    .description(
      'Checks all pipelines of a folder. When a file is saved, it checks that pipeline, shows its first rows without storing anything, and tries its quality tests. --param, --interval, --full-refresh and --compare are about these rows, and not about a run. Keys: r stores and runs the pipeline that was saved last, q ends.',
    )
    .argument('<folder>', 'the folder that holds pipelines/')
    .option('--limit <n>', 'show at most so many rows', wholeNumber(1), 10)
    .option('--compare', 'also show what its table would gain, lose and change');
  addRunInputs(dev).action(
    commands.action<DevOptions, [string]>((context, options, folder) => {
      const { limit, compare } = options;
      const asked = { ...toRunInputs(options), compare: compare === true };
      return new DevSession(context, { folder: resolve(folder), limit, asked }).run();
    }),
  );
}
