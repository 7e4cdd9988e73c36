import { collect, ConflictError, type RatClient } from '@rat/client';
import type { Command } from 'commander';
import { confirm } from '../ask.ts';
import type { CliContext } from '../context.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import { addressOf, formatCount, formatStatus } from '../format.ts';
import { resolveRun } from '../names.ts';
import { pair } from '../options.ts';
import type { Commands } from './command.ts';

interface ManyOptions {
  filter?: Record<string, string>;
  reason?: string;
  yes?: true;
}

interface DecideOptions {
  reason?: string;
  yes?: true;
}

/** Commands that change runs: cancel, rerun, reproduce, publish, discard, revert. */
export function addDecideCommands(program: Command, commands: Commands): void {
  program
    .command('cancel')
    .argument('[runs...]', 'ids, their first digits, last, or gold.daily')
    .option(
      '--filter <field=value>',
      'all that match, such as pipeline=daily; may be repeated',
      pair,
    )
    .option('--reason <text>', 'stored with the run')
    .option('--yes', 'agree to the plan of a filter')
    .action(
      commands.action<ManyOptions, [string[]]>(async (context, options, names) => {
        if (options.filter !== undefined) return cancelByFilter(context, options);
        const ids = await resolveRuns(context, names);
        const reason = options.reason === undefined ? {} : { reason: options.reason };
        return forEach(context, ids, async (id) => {
          const answer = await context.rat.runs.cancel(id, reason);
          context.object(answer, id, () => context.terminal.data(`cancelled ${id}`));
        });
      }),
    );

  program
    .command('rerun')
    .argument('[runs...]', 'ids, their first digits, last, or gold.daily')
    .option(
      '--filter <field=value>',
      'all that match, such as status=failed; may be repeated',
      pair,
    )
    .option('--yes', 'agree to the plan of a filter')
    .action(
      commands.action<ManyOptions, [string[]]>(async (context, options, names) => {
        const { rat, terminal } = context;
        const ids =
          options.filter === undefined
            ? await resolveRuns(context, names)
            : await planRuns(context, options, (count) => `Run ${count} again?`);
        let hasRefused = false;
        for (let at = 0; at < ids.length; at += RERUNS_MAX) {
          const answer = await rat.runs.rerunMany({ ids: ids.slice(at, at + RERUNS_MAX) });
          for (const run of answer.runs)
            context.object(run, run.run_id, () =>
              terminal.data(`run ${run.run_id} repeats ${run.rerun_of}`),
            );
          for (const { run_id: id, reason } of answer.refused) terminal.note(`${id}: ${reason}`);
          hasRefused ||= answer.refused.length > 0;
        }
        return hasRefused ? EXIT.refused : EXIT.success;
      }),
    );

  program
    .command('reproduce')
    .argument('[runs...]', 'ids, their first digits, last, or gold.daily')
    .option(
      '--filter <field=value>',
      'all that match, such as status=failed; may be repeated',
      pair,
    )
    .option('--yes', 'agree to the plan of a filter')
    .action(
      commands.action<ManyOptions, [string[]]>(async (context, options, names) => {
        const { rat, terminal } = context;
        const ids =
          options.filter === undefined
            ? await resolveRuns(context, names)
            : await planRuns(context, options, (count) => `Reproduce ${count}?`);
        return forEach(context, ids, async (id) => {
          const answer = await rat.runs.reproduce(id);
          context.object(answer, answer.run_id, () =>
            terminal.data(`run ${answer.run_id} reproduces ${id}`),
          );
        });
      }),
    );

  addDecision(program, commands, 'publish');
  addDecision(program, commands, 'revert');

  program
    .command('discard')
    .argument('<run>', 'an id, its first digits, or last')
    .option('--reason <text>', 'stored with the decision')
    .option('--yes', 'agree')
    .action(
      commands.action<DecideOptions, [string]>(async (context, options, name) => {
        const id = await resolveRun(context.rat, name, context.namespace);
        await confirm(context, `Drop the rows of ${id}?`, options);
        const reason = options.reason === undefined ? {} : { reason: options.reason };
        const answer = await context.rat.runs.discard(id, reason);
        context.object(answer, id, () => context.terminal.data(`discarded the rows of ${id}`));
      }),
    );
}

const RERUNS_MAX = 200;

function addDecision(program: Command, commands: Commands, verb: 'publish' | 'revert'): void {
  program
    .command(verb)
    .argument('<run>', 'an id, its first digits, or last')
    .option('--reason <text>', 'stored with the decision; a publish needs one')
    .option('--yes', 'agree to the plan')
    .action(
      commands.action<DecideOptions, [string]>(async (context, options, name) => {
        const { rat, terminal } = context;
        const id = await resolveRun(rat, name, context.namespace);
        if (verb === 'publish' && options.reason === undefined)
          throw new CliError('rows that failed their tests need a reason: add --reason "…"');
        printPlan(context, await rat.runs[verb](id, { dry_run: true }));
        await confirm(context, `${verb === 'publish' ? 'Publish' : 'Revert'} ${id}?`, options);
        const reason = options.reason === undefined ? {} : { reason: options.reason };
        const answer = await rat.runs[verb](id, reason);
        context.object(answer, id, () =>
          terminal.data(`${verb === 'publish' ? 'published' : 'reverted'} ${id}`),
        );
      }),
    );
}

function printPlan(
  { terminal }: CliContext,
  plan: Awaited<ReturnType<RatClient['runs']['publish' | 'revert']>>,
): void {
  if (!('dry_run' in plan)) return;
  const { rows_before: before, rows_after: after, rows_added: added, rows_removed: removed } = plan;
  terminal.note(
    `${addressOf(plan)}: ${formatCount(before, 'row')} → ${formatCount(after, 'row')} (+${added}, −${removed})`,
  );
  for (const run of plan.tainted_runs)
    terminal.note(`  read by ${addressOf(run)} ${run.run_id}, which has rows of it`);
}

async function resolveRuns(context: CliContext, names: string[]): Promise<string[]> {
  if (names.length === 0) throw new CliError('name the runs, or --filter field=value');
  const ids: string[] = [];
  for (const name of names) ids.push(await resolveRun(context.rat, name, context.namespace));
  return [...new Set(ids)];
}

async function cancelByFilter(context: CliContext, options: ManyOptions): Promise<number> {
  const { rat, terminal } = context;
  const plan = await rat.runs.cancelMany({ filter: options.filter });
  if (!('token' in plan)) throw new Error('a filter is answered with a plan');
  for (const run of plan.runs)
    terminal.note(`${formatStatus(run.status)} ${addressOf(run)} ${run.id}`);
  if (plan.cancels === 0) {
    terminal.note('no run matches');
    return EXIT.success;
  }
  const { cancels, count } = plan;
  const what = count > cancels ? `${cancels} of ${count} runs` : formatCount(cancels, 'run');
  await confirm(context, `Cancel ${what}?`, options);
  const answer = await rat.runs.cancelMany({ token: plan.token });
  if ('token' in answer) throw new Error('a token is answered with what became of the runs');
  for (const id of answer.cancelled)
    context.object({ run_id: id, status: 'cancelled' }, id, () => terminal.data(`cancelled ${id}`));
  for (const { id, status } of answer.refused) terminal.note(`${id} had ended: ${status}`);
  return answer.refused.length > 0 ? EXIT.refused : EXIT.success;
}

/** Acts on each run. One that refuses does not keep the others from it. */
async function forEach(
  { terminal }: CliContext,
  ids: string[],
  act: (id: string) => Promise<void>,
): Promise<number> {
  let exitCode: number = EXIT.success;
  for (const id of ids) {
    try {
      await act(id);
    } catch (error) {
      // Of several runs, the note must say which one it is about.
      if (!(error instanceof ConflictError) || ids.length === 1) throw error;
      terminal.note(`${id}: ${error.message}`);
      exitCode = EXIT.refused;
    }
  }
  return exitCode;
}

/** The ended runs that match a filter, once the person has agreed to the plan. */
async function planRuns(
  context: CliContext,
  options: ManyOptions,
  question: (count: string) => string,
): Promise<string[]> {
  const { rat, terminal } = context;
  // The API checks the fields of the filter and their values.
  const query = options.filter as Parameters<RatClient['runs']['list']>[0];
  const runs = await collect(rat.runs.list({ namespace: context.namespace, ...query }));
  const ended = runs.filter(({ finished_at: at }) => at !== null);
  for (const run of ended) terminal.note(`${formatStatus(run.status)} ${addressOf(run)} ${run.id}`);
  if (ended.length === 0) terminal.note('no run that has ended matches');
  else await confirm(context, question(formatCount(ended.length, 'run')), options);
  return ended.map(({ id }) => id);
}
