import type { RatClient } from '@rat/client';
import { LAYERS, RUN_STATUSES, type Layer, type RunStatus } from '@rat/domain/words';
import { Option, type Command } from 'commander';
import type { CliContext } from '../context.ts';
import { CliError } from '../exit-codes.ts';
import {
  addressOf,
  formatCount,
  formatDuration,
  formatStatus,
  formatTime,
  shortId,
  type RunDetail,
} from '../format.ts';
import { explainFailure } from '../follow-run.ts';
import { findPipelineName, resolveRun, toFilter } from '../names.ts';
import { findViewFilters } from '../find-view.ts';
import { pair, time, wholeNumber, wordsOf } from '../options.ts';
import type { Commands } from './command.ts';

const PAGE_MAX = 200;

type ListFilters = Awaited<ReturnType<typeof findViewFilters>>;

interface ListOptions {
  status?: RunStatus[];
  layer?: Layer;
  trigger?: string;
  search?: string;
  from?: Date;
  to?: Date;
  filter?: Record<string, unknown>;
  limit: number;
  view?: string;
  allNamespaces?: true;
}

/** `rat runs`, `rat show` and `rat why`: what has run, and what keeps a run from starting. */
export function addRunsCommands(program: Command, commands: Commands): void {
  program
    .command('runs')
    .argument('[pipeline]', 'only its runs')
    .addOption(
      new Option('--status <status...>', 'only these, such as failed,cancelled')
        .choices(RUN_STATUSES)
        .argParser(wordsOf(RUN_STATUSES)),
    )
    .addOption(new Option('--layer <layer>', 'only this layer').choices(LAYERS))
    .option('--trigger <trigger>', 'such as manual or schedule')
    .option('--search <text>', 'a part of the address, or the first 8 digits of an id')
    .option('--from <time>', 'created since, such as -24h or 2026-02-12T14:00:00Z', time)
    .option('--to <time>', 'created before', time)
    .option(
      '--filter <field=value>',
      'kind, pool, runner, pipeline_version, failure_code, disposition or group_id; may be repeated',
      pair,
    )
    .option('--limit <n>', 'at most so many', wholeNumber(1), 20)
    .option(
      '--view <name>',
      'that fit a saved view, in its namespace; other options win over its filters',
    )
    .option('--all-namespaces', 'of all namespaces')
    .action(
      commands.action<ListOptions, [string | undefined]>(async (context, options, name) => {
        const ref = name === undefined ? undefined : findPipelineName(name, context.namespace);
        if (name !== undefined && ref === undefined)
          throw new CliError(
            `${name} is no name of a pipeline: write layer.name, such as gold.daily`,
          );
        const home: ListFilters = { namespace: context.namespace };
        const { view } = options;
        const start = view === undefined ? home : await findViewFilters(context.rat, view);
        if (options.allNamespaces) delete start.namespace;
        const query = {
          ...start,
          // The API checks the fields of the filter and their values.
          ...options.filter,
          ...(ref === undefined ? {} : toFilter(ref)),
          ...withoutAbsent({
            layer: options.layer,
            status: options.status,
            trigger: options.trigger,
            q: options.search,
            from: options.from,
            to: options.to,
          }),
          limit: Math.min(options.limit, PAGE_MAX),
        };
        const { runs, total } = await readRuns(context.rat, query, options.limit);
        context.list(runs, {
          id: ({ id }) => id,
          head: ['id', 'pipeline', 'status', 'started', 'took', 'trigger', 'error'],
          row: (run) => [
            shortId(run.id),
            addressOf(run),
            formatStatus(run.status, run.disposition),
            formatTime(run.started_at),
            formatDuration(run.duration_ms),
            run.trigger,
            shorten(run.error),
          ],
          empty: 'no run matches',
        });
        if (!context.options.json && total > runs.length)
          context.terminal.note(`${runs.length} of ${total} runs; --limit shows more`);
      }),
    );

  program
    .command('show')
    .argument('<run>', 'an id, its first digits, last, or gold.daily')
    .action(
      commands.action<object, [string]>(async (context, _, name) => {
        const id = await resolveRun(context.rat, name, context.namespace);
        const run = await context.rat.runs.get(id);
        if (context.options.json || context.options.quiet)
          return context.object(run, id, () => undefined);
        const { terminal } = context;
        terminal.data(`${addressOf(run)} ${run.id}`);
        terminal.data(
          `status   ${formatStatus(run.status, run.disposition)}, attempt ${run.attempt} of ${run.max_attempts}`,
        );
        terminal.data(`version  ${run.pipeline_version}, by ${run.trigger}, in pool ${run.pool}`);
        terminal.data(`created  ${formatTime(run.created_at)}`);
        if (run.started_at !== null) terminal.data(`started  ${formatTime(run.started_at)}`);
        if (run.finished_at !== null)
          terminal.data(
            `ended    ${formatTime(run.finished_at)} after ${formatDuration(run.duration_ms)}`,
          );
        if (run.rows_written !== null)
          terminal.data(`rows     ${run.rows_written.toLocaleString('en')} written`);
        if (run.phases.length > 0)
          terminal.data(
            `phases   ${run.phases.map((phase) => `${phase.name} ${formatDuration(phase.duration_ms)}`).join(', ')}`,
          );
        if (run.log !== null) terminal.data(`log      ${describeLog(run.id, run.log)}`);
        const failure = await explainFailure(context, run);
        failure.forEach((line, i) =>
          terminal.data(`${i === 0 ? 'error    ' : '         '}${line}`),
        );
        if (run.status === 'pending') await printWhy(context, id);
      }),
    );

  program
    .command('why')
    .argument('<run>', 'an id, its first digits, last, or gold.daily')
    .action(
      commands.action<object, [string]>(async (context, _, name) => {
        const id = await resolveRun(context.rat, name, context.namespace);
        await printWhy(context, id);
      }),
    );
}

/** The options that were given, so that the others leave the filters of a view as they are. */
function withoutAbsent<Options extends object>(options: Options): Partial<Options> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  // Only keys of the options are left.
  return Object.fromEntries(given) as Partial<Options>;
}

/** The newest runs that match, over as many pages as `most` of them need. */
async function readRuns(
  rat: RatClient,
  query: Parameters<RatClient['runs']['list']>[0],
  most: number,
): Promise<Awaited<ReturnType<ReturnType<RatClient['runs']['list']>['first']>>> {
  const list = rat.runs.list(query);
  let found: Awaited<ReturnType<typeof list.first>> | undefined;
  for await (const page of list.pages()) {
    const runs = [...(found?.runs ?? []), ...page.runs].slice(0, most);
    found = { ...page, runs };
    if (runs.length >= most) break;
  }
  if (found === undefined) throw new Error('a list has at least one page');
  return found;
}

/** `812 lines, 3 warnings, 1 error: rat logs 01a20ef9-f047 --level error`. */
function describeLog(
  id: string,
  { lines, by_level: levels }: NonNullable<RunDetail['log']>,
): string {
  const counts = [
    formatCount(lines, 'line'),
    ...(levels.warn > 0 ? [formatCount(levels.warn, 'warning')] : []),
    ...(levels.error > 0 ? [formatCount(levels.error, 'error')] : []),
  ].join(', ');
  const least = levels.error > 0 ? 'error' : 'warn';
  return levels.warn + levels.error === 0
    ? counts
    : `${counts}: rat logs ${shortId(id)} --level ${least}`;
}

async function printWhy(context: CliContext, id: string): Promise<void> {
  const why = await context.rat.runs.why(id);
  context.object(why, id, () => {
    const { terminal } = context;
    if (!why.waiting) terminal.data(`the run does not wait: it is ${why.status}`);
    for (const { message } of why.reasons) terminal.data(message);
    if (why.position !== null) terminal.data(`its place in line is ${why.position}`);
    if (why.estimated_start_at !== null)
      terminal.data(`it may start at ${formatTime(why.estimated_start_at)}`);
  });
}

const ERROR_WIDTH = 60;

function shorten(error: string | null): string {
  const line = (error ?? '').replaceAll(/\s+/g, ' ');
  return line.length > ERROR_WIDTH ? `${line.slice(0, ERROR_WIDTH - 1)}…` : line;
}
