import type { Command } from 'commander';
import { interval, pair, type Interval } from './options.ts';

/** What a preview has of the run that it shows. */
export interface RunInputOptions {
  param?: Record<string, never>;
  interval?: Interval;
  fullRefresh?: true;
}

/** Adds these options to a command that previews. */
export function addRunInputs(command: Command): Command {
  return command
    .option('--param <name=value>', 'a parameter of the pipeline; may be repeated', pair)
    .option(
      '--interval <start/end>',
      'as a run that is about this time, such as 2026-02-12T00:00:00Z/2026-02-13T00:00:00Z, or -24h/-0h',
      interval,
    )
    .option('--full-refresh', 'as a run that replaces the whole table');
}

/** The same by the names of the API. What was not given is left out. */
export function toRunInputs({ param, interval: about, fullRefresh }: RunInputOptions): {
  params?: Record<string, never>;
  interval?: Interval;
  full_refresh?: true;
} {
  return {
    ...(param === undefined ? {} : { params: param }),
    ...(about === undefined ? {} : { interval: about }),
    ...(fullRefresh === undefined ? {} : { full_refresh: true }),
  };
}
