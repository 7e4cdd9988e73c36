import { collect } from '@rat/client';
import type { Command } from 'commander';
import { listFirings, resolveAutomation } from '../automation.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { addressOf, formatStatus, formatTime } from '../format.ts';
import { followRun } from '../follow-run.ts';
import { parsePipelineName, toFilter } from '../names.ts';
import { pair, wholeNumber } from '../options.ts';
import type { Commands } from './command.ts';

const TRIGGER = 'gold.daily, gold.daily:arrivals where it has several, or an id';

/** `rat triggers` and its commands, and `rat why-not`. */
export function addTriggerCommands(program: Command, commands: Commands): void {
  const triggers = program.command('triggers').summary('list, pause, resume and run triggers');

  triggers
    .command('list', { isDefault: true })
    .summary('list triggers')
    .argument('[pipeline]', 'only its triggers')
    .option('--all-namespaces', 'of all namespaces')
    .action(
      commands.action<{ allNamespaces?: true }, [string | undefined]>(
        async (context, options, name) => {
          const home = options.allNamespaces ? {} : { namespace: context.namespace };
          const filter =
            name === undefined ? home : toFilter(parsePipelineName(name, context.namespace));
          context.list(await collect(context.rat.triggers.list(filter)), {
            id: ({ id }) => id,
            head: ['trigger', 'kind', 'watches', 'state', 'last'],
            row: (one) => [
              `${addressOf(one)}:${one.name}`,
              one.kind,
              one.inputs.map(({ input }) => input).join(' '),
              formatState(one),
              one.last_run_status === null ? '' : formatStatus(one.last_run_status),
            ],
            empty: 'there is no trigger',
          });
        },
      ),
    );

  triggers
    .command('pause')
    .summary('stop a trigger from firing')
    .argument('<trigger>', TRIGGER)
    .option('--reason <text>', 'shown with the trigger')
    .action(
      commands.action<{ reason?: string }, [string]>(async (context, options, name) => {
        const id = await resolveTrigger(context, name);
        const reason = options.reason === undefined ? {} : { reason: options.reason };
        const paused = await context.rat.triggers.pause(id, reason);
        context.object(paused, id, () =>
          context.terminal.data(`paused ${addressOf(paused)}:${paused.name}`),
        );
      }),
    );

  triggers
    .command('resume')
    .summary('let a trigger fire again')
    .argument('<trigger>', TRIGGER)
    .option('--catch-up', 'what changed during the pause counts')
    .action(
      commands.action<{ catchUp?: true }, [string]>(async (context, options, name) => {
        const id = await resolveTrigger(context, name);
        const resumed = await context.rat.triggers.resume(
          id,
          options.catchUp ? { catch_up: true } : {},
        );
        context.object(resumed, id, () =>
          context.terminal.data(`resumed ${addressOf(resumed)}:${resumed.name}`),
        );
      }),
    );

  triggers
    .command('run')
    .summary('start a run of a trigger now, and follow it')
    .argument('<trigger>', TRIGGER)
    .option('--param <name=value>', 'a parameter of the pipeline; may be repeated', pair)
    .option('--detach', 'print the id of the run and do not wait')
    .action(
      commands.action<{ param?: Record<string, never>; detach?: true }, [string]>(
        async (context, options, name) => {
          const id = await resolveTrigger(context, name);
          const params = options.param === undefined ? {} : { params: options.param };
          const answer = await context.rat.triggers.run(id, params);
          if (options.detach) {
            context.object(answer, answer.run_id, () => context.terminal.data(answer.run_id));
            return EXIT.success;
          }
          context.terminal.note(`run ${answer.run_id}`);
          return followRun(context, answer.run_id, { hasLog: true });
        },
      ),
    );

  triggers
    .command('firings')
    .summary('show what a trigger decided about the changes that it saw')
    .argument('<trigger>', TRIGGER)
    .option('--limit <n>', 'at most so many', wholeNumber(1), 20)
    .action(
      commands.action<{ limit: number }, [string]>(async (context, options, name) => {
        const id = await resolveTrigger(context, name);
        const { firings } = await context.rat.triggers
          .firings(id, { limit: options.limit })
          .first();
        listFirings(context, firings, 'the trigger has not fired yet');
      }),
    );

  program
    .command('why-not')
    .summary('show why a pipeline does not run by itself')
    .argument('<pipeline>', 'such as gold.daily')
    .action(
      commands.action<object, [string]>(async (context, _, name) => {
        const ref = parsePipelineName(name, context.namespace);
        const answer = await context.rat.pipelines.getWhyNot(ref);
        context.object(answer, answer.verdict, () => {
          context.terminal.data(answer.summary);
          if (answer.sources.length === 0) return;
          context.terminal.table(
            ['source', 'verdict', 'until', 'waits for'],
            answer.sources.map((source) => [
              `${source.kind} ${source.name}`,
              source.verdict,
              formatTime(source.until),
              source.missing.map(({ input }) => input).join(' '),
            ]),
          );
        });
      }),
    );
}

function resolveTrigger(context: CliContext, text: string): Promise<string> {
  return resolveAutomation(context, text, 'trigger', (filter) => context.rat.triggers.list(filter));
}

function formatState({
  enabled,
  paused,
  next_fire_at: next,
}: {
  enabled: boolean;
  paused: { reason: string | null } | null;
  next_fire_at: string | null;
}): string {
  if (!enabled) return `paused${paused?.reason ? `: ${paused.reason}` : ''}`;
  return next === null ? 'waits for a change' : `decides at ${formatTime(next)}`;
}
