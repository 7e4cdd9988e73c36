import { collect, type RatClient } from '@rat/client';
import type { Command } from 'commander';
import { listFirings, resolveAutomation, type PipelineFilter } from '../automation.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { addressOf, formatStatus } from '../format.ts';
import { followRun } from '../follow-run.ts';
import { parsePipelineName, toFilter } from '../names.ts';
import { pair, time, wholeNumber } from '../options.ts';
import type { Commands } from './command.ts';

/** What a schedule and a trigger have in common. */
interface Source {
  id: string;
  namespace: string;
  layer: string;
  pipeline: string;
  name: string;
  paused: { reason: string | null } | null;
  last_run_status: Parameters<typeof formatStatus>[0] | null;
}

type Firings = ReturnType<RatClient['schedules']['firings']>;

/** The operations of the API on schedules, or on triggers. */
interface Operations<One extends Source> {
  list: (filter: PipelineFilter) => AsyncIterable<One>;
  pause: (id: string, body: { reason?: string }) => Promise<One>;
  resume: (id: string, body: { catch_up?: boolean }) => Promise<One>;
  run: (id: string, body: RunBody) => Promise<{ run_id: string }>;
  firings: (id: string, query: { limit: number }) => Pick<Firings, 'first'>;
}

interface RunBody {
  for?: string;
  params?: Record<string, never>;
}

/** How the commands of schedules and those of triggers differ. */
export interface AutomationKind<One extends Source> {
  what: 'schedule' | 'trigger';
  /** How a person names one. */
  example: string;
  operations: (rat: RatClient) => Operations<One>;
  /** The columns of the list between the name and the last run. */
  columns: { head: readonly string[]; row: (one: One) => readonly string[] };
  /** What `resume --catch-up` does. */
  catchUp: string;
  /** What `resume` prints. */
  resumed: (one: One) => string;
  /** What `firings` shows. */
  firings: string;
  /** Whether a run may be about a time. */
  hasTimes: boolean;
}

interface RunOptions {
  for?: Date;
  param?: Record<string, never>;
  detach?: true;
}

/** The commands `list`, `pause`, `resume`, `run` and `firings` of a kind; returns their parent. */
export function addAutomationCommands<One extends Source>(
  program: Command,
  commands: Commands,
  kind: AutomationKind<One>,
): Command {
  const { what, example, operations, columns } = kind;
  const named = `<${what}>`;
  const find = ({ context, name }: { context: CliContext; name: string }): Promise<string> =>
    resolveAutomation(context, name, what, (filter) => operations(context.rat).list(filter));
  const parent = program.command(`${what}s`);

  parent
    .command('list', { isDefault: true })
    .summary(`list ${what}s`)
    .argument('[pipeline]', `only its ${what}s`)
    .option('--all-namespaces', 'of all namespaces')
    .action(
      commands.action<{ allNamespaces?: true }, [string | undefined]>(
        async (context, options, name) => {
          const home = options.allNamespaces ? {} : { namespace: context.namespace };
          const filter =
            name === undefined ? home : toFilter(parsePipelineName(name, context.namespace));
          context.list(await collect(operations(context.rat).list(filter)), {
            id: ({ id }) => id,
            head: [what, ...columns.head, 'last'],
            row: (one) => [
              nameOf(one),
              ...columns.row(one),
              one.last_run_status === null ? '' : formatStatus(one.last_run_status),
            ],
            empty: `there is no ${what}`,
          });
        },
      ),
    );

  parent
    .command('pause')
    .summary(`stop a ${what} from firing`)
    .argument(named, example)
    .option('--reason <text>', `shown with the ${what}`)
    .action(
      commands.action<{ reason?: string }, [string]>(async (context, options, name) => {
        const id = await find({ context, name });
        const reason = options.reason === undefined ? {} : { reason: options.reason };
        const paused = await operations(context.rat).pause(id, reason);
        context.object(paused, id, () => context.terminal.data(`paused ${nameOf(paused)}`));
      }),
    );

  parent
    .command('resume')
    .summary(`let a ${what} fire again`)
    .argument(named, example)
    .option('--catch-up', kind.catchUp)
    .action(
      commands.action<{ catchUp?: true }, [string]>(async (context, options, name) => {
        const id = await find({ context, name });
        const body = options.catchUp ? { catch_up: true } : {};
        const resumed = await operations(context.rat).resume(id, body);
        context.object(resumed, id, () => context.terminal.data(kind.resumed(resumed)));
      }),
    );

  const run = parent
    .command('run')
    .summary(`start a run of a ${what} now, and follow it`)
    .argument(named, example);
  if (kind.hasTimes) {
    run.option('--for <time>', `a time of the ${what}: the run is about its interval`, time);
  }
  run
    .option('--param <name=value>', 'a parameter of the pipeline; may be repeated', pair)
    .option('--detach', 'print the id of the run and do not wait')
    .action(
      commands.action<RunOptions, [string]>(async (context, options, name) => {
        const id = await find({ context, name });
        const answer = await operations(context.rat).run(id, {
          ...(options.for === undefined ? {} : { for: options.for.toISOString() }),
          ...(options.param === undefined ? {} : { params: options.param }),
        });
        if (options.detach) {
          context.object(answer, answer.run_id, () => context.terminal.data(answer.run_id));
          return EXIT.success;
        }
        context.terminal.note(`run ${answer.run_id}`);
        return followRun(context, answer.run_id, { hasLog: true });
      }),
    );

  parent
    .command('firings')
    .summary(kind.firings)
    .argument(named, example)
    .option('--limit <n>', 'at most so many', wholeNumber(1), 20)
    .action(
      commands.action<{ limit: number }, [string]>(async (context, options, name) => {
        const id = await find({ context, name });
        const { limit } = options;
        const { firings } = await operations(context.rat).firings(id, { limit }).first();
        listFirings(context, firings, `the ${what} has not fired yet`);
      }),
    );

  return parent;
}

/** `gold.daily:nightly`. */
export function nameOf(one: Source): string {
  return `${addressOf(one)}:${one.name}`;
}

/** `paused: moving house`. */
export function formatPaused({ paused }: Pick<Source, 'paused'>): string {
  return `paused${paused?.reason ? `: ${paused.reason}` : ''}`;
}
