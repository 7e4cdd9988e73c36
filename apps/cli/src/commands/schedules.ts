import { collect } from '@rat/client';
import type { Command } from 'commander';
import { listFirings, resolveAutomation } from '../automation.ts';
import type { CliContext } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { addressOf, formatStatus, formatTime } from '../format.ts';
import { followRun } from '../follow-run.ts';
import { parsePipelineName, toFilter } from '../names.ts';
import { pair, time, wholeNumber } from '../options.ts';
import type { Commands } from './command.ts';

const SCHEDULE = 'gold.daily, gold.daily:hourly where it has several, or an id';

/** `rat schedules` and its commands. */
export function addScheduleCommands(program: Command, commands: Commands): void {
  const schedules = program.command('schedules').summary('list, pause, resume and run schedules');

  schedules
    .command('list', { isDefault: true })
    .summary('list schedules')
    .argument('[pipeline]', 'only its schedules')
    .option('--all-namespaces', 'of all namespaces')
    .action(
      commands.action<{ allNamespaces?: true }, [string | undefined]>(
        async (context, options, name) => {
          const home = options.allNamespaces ? {} : { namespace: context.namespace };
          const filter =
            name === undefined ? home : toFilter(parsePipelineName(name, context.namespace));
          context.list(await collect(context.rat.schedules.list(filter)), {
            id: ({ id }) => id,
            head: ['schedule', 'when', 'zone', 'next', 'last'],
            row: (one) => [
              `${addressOf(one)}:${one.name}`,
              one.description ?? one.cron ?? `every ${one.every_seconds} s`,
              one.timezone,
              one.enabled
                ? formatTime(one.next_fire_at)
                : `paused${one.paused?.reason ? `: ${one.paused.reason}` : ''}`,
              one.last_run_status === null ? '' : formatStatus(one.last_run_status),
            ],
            empty: 'there is no schedule',
          });
        },
      ),
    );

  schedules
    .command('pause')
    .summary('stop a schedule from firing')
    .argument('<schedule>', SCHEDULE)
    .option('--reason <text>', 'shown with the schedule')
    .action(
      commands.action<{ reason?: string }, [string]>(async (context, options, name) => {
        const id = await resolveSchedule(context, name);
        const reason = options.reason === undefined ? {} : { reason: options.reason };
        const paused = await context.rat.schedules.pause(id, reason);
        context.object(paused, id, () =>
          context.terminal.data(`paused ${addressOf(paused)}:${paused.name}`),
        );
      }),
    );

  schedules
    .command('resume')
    .summary('let a schedule fire again')
    .argument('<schedule>', SCHEDULE)
    .option('--catch-up', 'the times of the pause are due')
    .action(
      commands.action<{ catchUp?: true }, [string]>(async (context, options, name) => {
        const id = await resolveSchedule(context, name);
        const resumed = await context.rat.schedules.resume(
          id,
          options.catchUp ? { catch_up: true } : {},
        );
        context.object(resumed, id, () =>
          context.terminal.data(
            `${addressOf(resumed)}:${resumed.name} fires next at ${formatTime(resumed.next_fire_at)}`,
          ),
        );
      }),
    );

  schedules
    .command('run')
    .summary('start a run of a schedule now, and follow it')
    .argument('<schedule>', SCHEDULE)
    .option('--for <time>', 'a time of the schedule: the run is about its interval', time)
    .option('--param <name=value>', 'a parameter of the pipeline; may be repeated', pair)
    .option('--detach', 'print the id of the run and do not wait')
    .action(
      commands.action<{ for?: Date; param?: Record<string, never>; detach?: true }, [string]>(
        async (context, options, name) => {
          const id = await resolveSchedule(context, name);
          const answer = await context.rat.schedules.run(id, {
            ...(options.for === undefined ? {} : { for: options.for.toISOString() }),
            ...(options.param === undefined ? {} : { params: options.param }),
          });
          if (options.detach) {
            context.object(answer, answer.run_id, () => context.terminal.data(answer.run_id));
            return EXIT.success;
          }
          context.terminal.note(`run ${answer.run_id}`);
          return followRun(context, answer.run_id, { hasLog: true });
        },
      ),
    );

  schedules
    .command('next')
    .summary('show the next times of a schedule')
    .argument('<schedule>', SCHEDULE)
    .option('--count <n>', 'how many', wholeNumber(1), 5)
    .action(
      commands.action<{ count: number }, [string]>(async (context, options, name) => {
        const id = await resolveSchedule(context, name);
        const { times } = await context.rat.schedules.next(id, { count: options.count });
        context.list(times, {
          id: ({ fire_at: at }) => at,
          head: ['fires at', 'in its zone', 'shift of clocks'],
          row: (one) => [formatTime(one.fire_at), one.local, one.shift ?? ''],
          empty: 'the schedule has no further time',
        });
      }),
    );

  schedules
    .command('firings')
    .summary('show what became of the times of a schedule')
    .argument('<schedule>', SCHEDULE)
    .option('--limit <n>', 'at most so many', wholeNumber(1), 20)
    .action(
      commands.action<{ limit: number }, [string]>(async (context, options, name) => {
        const id = await resolveSchedule(context, name);
        const { firings } = await context.rat.schedules
          .firings(id, { limit: options.limit })
          .first();
        listFirings(context, firings, 'the schedule has not fired yet');
      }),
    );
}

function resolveSchedule(context: CliContext, text: string): Promise<string> {
  return resolveAutomation(context, text, 'schedule', (filter) =>
    context.rat.schedules.list(filter),
  );
}
