import type { RatClient } from '@rat/client';
import type { CliContext } from './context.ts';
import { formatCount } from './format.ts';
import { toCell } from './terminal.ts';

type Difference = NonNullable<Awaited<ReturnType<RatClient['pipelines']['preview']>>['compare']>;

/** Notes what the table would gain, lose and change, with the rows that the API chose. */
export function printDifference({ terminal }: CliContext, difference: Difference): void {
  const { keys, gained, lost, changed, columns, samples } = difference;
  const by = keys.length > 0 ? `by ${keys.join(', ')}` : 'by whole rows';
  const counts = [
    `${formatCount(gained, 'row')} gained`,
    `${formatCount(lost, 'row')} lost`,
    ...(changed === null ? [] : [`${formatCount(changed, 'row')} changed`]),
  ];
  terminal.note(`${difference.strategy}: ${counts.join(', ')}, compared ${by}`);
  for (const name of difference.columns_added) terminal.note(`+ column ${name}`);
  for (const name of difference.columns_removed) terminal.note(`- column ${name}`);
  const show = (row: readonly unknown[]): string =>
    columns.map((name, index) => `${name}=${toCell(row[index]) ?? 'NULL'}`).join(' ');
  for (const row of samples.gained) terminal.note(`+ ${show(row)}`);
  for (const row of samples.lost) terminal.note(`- ${show(row)}`);
  for (const { before, after } of samples.changed) {
    terminal.note(`- ${show(before)}\n+ ${show(after)}`);
  }
}
