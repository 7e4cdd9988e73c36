import { collect, type RatClient } from '@rat/client';
import type { CliContext } from './context.ts';
import { CliError, EXIT } from './exit-codes.ts';
import { formatTime, shortId } from './format.ts';
import { parsePipelineName, toFilter } from './names.ts';

/** The pipelines whose schedules or triggers are listed. */
export type PipelineFilter = Partial<ReturnType<typeof toFilter>>;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

type Firing = Awaited<
  ReturnType<ReturnType<RatClient['schedules']['firings']>['first']>
>['firings'][number];

/**
 * The id of the schedule or trigger that a person names: by its id, or by its pipeline, with the name after a colon
 * where the pipeline has several.
 */
export async function resolveAutomation(
  { namespace }: CliContext,
  text: string,
  what: 'schedule' | 'trigger',
  list: (filter: PipelineFilter) => AsyncIterable<{ id: string; name: string }>,
): Promise<string> {
  if (UUID.test(text)) return text;
  const [pipeline = '', name] = text.split(':');
  const found = await collect(list(toFilter(parsePipelineName(pipeline, namespace))));
  const matches = name === undefined ? found : found.filter((one) => one.name === name);
  const [first, second] = matches;
  if (first === undefined) throw new CliError(`${text} has no ${what}`, EXIT.notFound);
  if (second === undefined) return first.id;
  const names = matches.map((one) => `  ${pipeline}:${one.name}`).join('\n');
  throw new CliError(`${pipeline} has several ${what}s; name one of them:\n${names}`);
}

/** Prints what became of the times of a schedule, or of the changes that a trigger saw. */
export function listFirings(context: CliContext, firings: readonly Firing[], empty: string): void {
  context.list(firings, {
    id: (one) => one.id,
    head: ['for', 'outcome', 'run', 'reason'],
    row: (one) => [
      formatTime(one.scheduled_for ?? one.decided_at),
      one.run_status === null ? one.outcome : `${one.outcome}: ${one.run_status}`,
      one.run_id === null ? '' : shortId(one.run_id),
      one.reason,
    ],
    empty,
  });
}
