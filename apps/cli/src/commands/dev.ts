import { resolve } from 'node:path';
import type { Command } from 'commander';
import { DevSession } from '../dev-session.ts';
import { wholeNumber } from '../options.ts';
import type { Commands } from './command.ts';

/** `rat dev`: check and preview a pipeline each time one of its files is saved. */
export function addDevCommand(program: Command, commands: Commands): void {
  program
    .command('dev')
    .description(
      'Checks all pipelines of a folder. When a file is saved, it checks that pipeline, shows its first rows without storing anything, and tries its quality tests. Keys: r stores and runs the pipeline that was saved last, q ends.',
    )
    .argument('<folder>', 'the folder that holds pipelines/')
    .option('--limit <n>', 'show at most so many rows', wholeNumber(1), 10)
    .action(
      commands.action<{ limit: number }, [string]>((context, { limit }, folder) =>
        new DevSession(context, { folder: resolve(folder), limit }).run(),
      ),
    );
}
