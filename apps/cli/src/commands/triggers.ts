import type { RatClient } from '@rat/client';
import type { Command } from 'commander';
import { formatTime } from '../format.ts';
import { parsePipelineName } from '../names.ts';
import {
  addAutomationCommands,
  formatPaused,
  nameOf,
  type AutomationKind,
} from './automation-commands.ts';
import type { Commands } from './command.ts';

type Trigger = Awaited<ReturnType<RatClient['triggers']['get']>>;

const TRIGGERS: AutomationKind<Trigger> = {
  what: 'trigger',
  example: 'gold.daily, gold.daily:arrivals where it has several, or an id',
  operations: ({ triggers }) => triggers,
  columns: {
    head: ['kind', 'watches', 'state'],
    row: (one) => [
      one.kind,
      one.inputs.map(({ input }) => input).join(' '),
      one.enabled ? formatWait(one) : formatPaused(one),
    ],
  },
  catchUp: 'what changed during the pause counts',
  resumed: (one) => `resumed ${nameOf(one)}`,
  firings: 'show what a trigger decided about the changes that it saw',
  hasTimes: false,
};

/** `rat triggers` and its commands, and `rat why-not`. */
export function addTriggerCommands(program: Command, commands: Commands): void {
  addAutomationCommands(program, commands, TRIGGERS);

  program
    .command('why-not')
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

function formatWait({ next_fire_at: next }: Trigger): string {
  return next === null ? 'waits for a change' : `decides at ${formatTime(next)}`;
}
