import type { RatClient, RunEventsQuery } from '@rat/client';
import { isTerminal } from '@rat/domain/words';
import { Argument, Option, type Command } from 'commander';
import type { CliContext } from '../context.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { followGroup } from '../follow-group.ts';
import { followRun } from '../follow-run.ts';
import { parsePipelineName, resolveRun, toFilter } from '../names.ts';
import { formatLogLine, type LogLine } from '../format.ts';
import { pair, wholeNumber } from '../options.ts';
import type { Commands } from './command.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
const PHASES = ['branch', 'detect', 'build', 'write', 'quality', 'publish'] as const;

interface RunOptions {
  fullRefresh?: true;
  priority?: number;
  param?: Record<string, never>;
  timeout?: number;
  detach?: true;
  cancelOnExit?: true;
  upstream?: 'stale' | 'all';
  downstream?: true;
  dryRun?: true;
}

interface LogOptions {
  follow?: true;
  level?: (typeof LEVELS)[number];
  phase?: (typeof PHASES)[number];
  try?: number;
  grep?: string;
  tail?: number;
  timeout?: number;
}

/** `rat run` and `rat logs`. */
export function addRunCommands(program: Command, commands: Commands): void {
  program
    .command('run')
    .description(
      'Starts a run of a pipeline, prints its log, and exits as the run did: 0 success, 1 failed, 3 cancelled.',
    )
    .argument('<pipeline>', 'such as gold.daily')
    .option('--full-refresh', 'replace the whole table')
    .option(
      '--priority <n>',
      'from -100 to 100: greater starts earlier among those that wait',
      wholeNumber(-100),
    )
    .option('--param <name=value>', 'a parameter of the pipeline; may be repeated', pair)
    .option(
      '--timeout <seconds>',
      'stop following after that long; the run continues',
      wholeNumber(1),
    )
    .option('--detach', 'print the id of the run and do not wait')
    .option('--cancel-on-exit', 'cancel the run when this command is ended')
    .addOption(
      new Option('--upstream [which]', 'first run what it reads from: only what is stale, or all')
        .choices(['stale', 'all'])
        .preset('stale'),
    )
    .option('--downstream', 'then run what reads from it')
    .option('--dry-run', 'with --upstream or --downstream: print what would run')
    .action(
      commands.action<RunOptions, [string]>(async (context, options, name) => {
        if (options.upstream ?? options.downstream) return runGroup(context, options, name);
        if (options.dryRun)
          throw new CliError('--dry-run needs --upstream or --downstream: one run has no plan');
        const { rat, terminal } = context;
        const ref = parsePipelineName(name, context.namespace);
        const created = await rat.runs.create({
          ...toFilter(ref),
          ...(options.fullRefresh === undefined ? {} : { full_refresh: true }),
          ...(options.priority === undefined ? {} : { priority: options.priority }),
          ...(options.param === undefined ? {} : { params: options.param }),
        });
        const { run_id: id } = created;
        if (options.detach) {
          context.object(created, id, () => terminal.data(id));
          return;
        }
        if (context.options.quiet) terminal.data(id);
        else terminal.note(`run ${id}`);
        return followRun(context, id, {
          timeoutSeconds: options.timeout,
          cancelOnExit: options.cancelOnExit,
          hasLog: context.options.quiet !== true,
        });
      }),
    );

  program
    .command('logs')
    .description(
      'Prints the log of a run. The whole log of a run that has ended is verified by its SHA-256, also one that is followed.',
    )
    .addArgument(new Argument('<run>', 'an id, its first digits, last, or gold.daily'))
    .option('-f, --follow', 'wait for further lines, and exit as the run did')
    .addOption(new Option('--level <level>', 'only this level and above').choices(LEVELS))
    .addOption(new Option('--phase <phase>', 'only lines of this phase').choices(PHASES))
    .option('--try <n>', 'only lines of this attempt', wholeNumber(1))
    .option('--grep <text>', 'only lines with this text')
    .option('--tail <n>', 'only the last lines', wholeNumber(1))
    .option('--timeout <seconds>', 'stop following after that long', wholeNumber(1))
    .action(
      commands.action<LogOptions, [string]>(async (context, options, name) => {
        const { rat, terminal } = context;
        const id = await resolveRun(rat, name, context.namespace);
        const filter = {
          level: options.level,
          phase: options.phase,
          attempt: options.try,
          q: options.grep,
        };
        if (options.follow) {
          const after =
            options.tail === undefined ? undefined : await findTail(rat, id, options.tail);
          const query = { ...filter, after };
          return followRun(context, id, { query, timeoutSeconds: options.timeout, hasLog: true });
        }
        const tail = options.tail;
        let isEmpty = true;
        for await (const lines of readLines(rat, id, { ...filter, tail })) {
          for (const line of lines)
            terminal.data(context.options.json ? JSON.stringify(line) : formatLogLine(line));
          isEmpty &&= lines.length === 0;
        }
        if (isEmpty) terminal.note('no line matches');
      }),
    );
}

/** The lines that there are. The whole log of an ended run comes as its stream, which is verified. */
async function* readLines(
  rat: RatClient,
  id: string,
  query: RunEventsQuery & { tail: number | undefined },
): AsyncGenerator<readonly LogLine[]> {
  const isWhole = Object.values(query).every((value) => value === undefined);
  if (isWhole && isTerminal((await rat.runs.get(id)).status)) {
    for await (const events of rat.runs.eventBatches(id))
      yield events.flatMap((event) => (event.event === 'log' ? [event.data] : []));
    return;
  }
  const lines = rat.runs.logs(id, query);
  const pages = query.tail === undefined ? lines.pages() : [await lines.first()];
  for await (const { logs } of pages) yield logs;
}

/** Starts a run of the pipeline with those of the pipelines above or below it, each once. */
async function runGroup(context: CliContext, options: RunOptions, name: string): Promise<number> {
  const { rat, terminal } = context;
  if (options.fullRefresh !== undefined || options.priority !== undefined)
    throw new CliError('--full-refresh and --priority are for one run, not for a group');
  const plan = await rat.runGroups.createRunGroup({
    ...toFilter(parsePipelineName(name, context.namespace)),
    upstream: options.upstream ?? 'none',
    downstream: options.downstream ? 'all' : 'none',
    ...(options.param === undefined ? {} : { params: options.param }),
    ...(options.dryRun ? { dry_run: true } : {}),
  });
  const id = 'group_id' in plan ? plan.group_id : undefined;
  if (id === undefined || options.detach) {
    context.object(plan, id ?? '', () => {
      if (id !== undefined) terminal.data(id);
      else
        terminal.table(
          ['pipeline', 'after'],
          plan.nodes.map(({ pipeline, needs }) => [pipeline, needs.join(' ')]),
        );
    });
    return EXIT.success;
  }
  terminal.note(`group ${id}: ${plan.nodes.length} pipelines`);
  return followGroup(context, id, {
    timeoutSeconds: options.timeout,
    cancelOnExit: options.cancelOnExit === true,
  });
}

/** The seq before the last lines. */
async function findTail(
  rat: {
    runs: {
      logs: (
        id: string,
        query: { tail: number },
      ) => { first: () => Promise<{ logs: { seq: number }[] }> };
    };
  },
  id: string,
  tail: number,
): Promise<string | undefined> {
  const { logs } = await rat.runs.logs(id, { tail }).first();
  const [first] = logs;
  return first === undefined ? undefined : String(first.seq - 1);
}
