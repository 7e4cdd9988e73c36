import type { RatClient } from '@rat/client';
import type { Command } from 'commander';
import { resolveAutomation } from '../automation.ts';
import { formatTime } from '../format.ts';
import { wholeNumber } from '../options.ts';
import {
  addAutomationCommands,
  formatPaused,
  nameOf,
  type AutomationKind,
} from './automation-commands.ts';
import type { Commands } from './command.ts';

type Schedule = Awaited<ReturnType<RatClient['schedules']['get']>>;

const SCHEDULES: AutomationKind<Schedule> = {
  what: 'schedule',
  example: 'gold.daily, gold.daily:hourly where it has several, or an id',
  operations: ({ schedules }) => schedules,
  columns: {
    head: ['when', 'zone', 'next'],
    row: (one) => [
      one.description ?? one.cron ?? `every ${one.every_seconds} s`,
      one.timezone,
      one.enabled ? formatTime(one.next_fire_at) : formatPaused(one),
    ],
  },
  catchUp: 'the times of the pause are due',
  resumed: (one) => `${nameOf(one)} fires next at ${formatTime(one.next_fire_at)}`,
  firings: 'show what became of the times of a schedule',
  hasTimes: true,
};

/** `rat schedules` and its commands. */
export function addScheduleCommands(program: Command, commands: Commands): void {
  addAutomationCommands(program, commands, SCHEDULES)
    .command('next')
    .summary('show the next times of a schedule')
    .argument('<schedule>', SCHEDULES.example)
    .option('--count <n>', 'how many', wholeNumber(1), 5)
    .action(
      commands.action<{ count: number }, [string]>(async (context, options, name) => {
        const { schedules } = context.rat;
        const id = await resolveAutomation(context, name, 'schedule', (filter) =>
          schedules.list(filter),
        );
        const { times } = await schedules.next(id, { count: options.count });
        context.list(times, {
          id: ({ fire_at: at }) => at,
          head: ['fires at', 'in its zone', 'shift of clocks'],
          row: (one) => [formatTime(one.fire_at), one.local, one.shift ?? ''],
          empty: 'the schedule has no further time',
        });
      }),
    );
}
