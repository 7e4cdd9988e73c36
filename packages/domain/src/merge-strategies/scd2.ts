import { quoteIdentifier, quoteText } from '../sql-text.ts';
import { BATCH, CHANGES, EXISTING, hasKeyOf, newsOfEachKey } from './merge-sql.ts';
import type { ChangePlan, MergeInput, Strategy } from './strategy.ts';

/**
 * Keeps the history of each key as versions. When the last row of a key in the batch differs from
 * the key's current version, that version ends and a new one begins. A new key begins its first
 * version. Ended versions never change.
 */
export const scd2: Strategy = {
  needs: ['unique_key'],
  takes: ['on_missing', 'scd_valid_from', 'scd_valid_to'],
  dependsOn: 'rows',
  keepsVersions: true,
  write: { kind: 'compare', plan },
};

function plan(input: MergeInput): ChangePlan {
  const { columns, keys, onMissing } = input;
  const { validFrom, validTo, isCurrent } = input.versions;
  const now = `CAST(${quoteText(input.runStartedAt)} AS TIMESTAMP WITH TIME ZONE)`;
  const own = [validFrom, validTo, isCurrent];
  const tracked = columns.filter((column) => !own.includes(column) && !keys.includes(column));
  const news = newsOfEachKey(
    input,
    `FROM ${EXISTING} WHERE ${quoteIdentifier(isCurrent)}`,
    tracked,
  );
  const select = (values: Readonly<Record<string, string>>, alias: string): string =>
    columns
      .map((column) => {
        const name = quoteIdentifier(column);
        return `${values[column] ?? `${alias}.${name}`} AS ${name}`;
      })
      .join(', ');
  const begun = select(
    {
      [validFrom]: now,
      [validTo]: 'CAST(NULL AS TIMESTAMP WITH TIME ZONE)',
      [isCurrent]: 'true',
    },
    'n',
  );
  const isNews = hasKeyOf(CHANGES, keys);
  const ends = onMissing === 'keep' ? isNews : `(${isNews} OR NOT ${hasKeyOf(BATCH, keys)})`;
  return {
    changes: `SELECT ${begun} FROM (${news}) n`,
    affected: `e.${quoteIdentifier(isCurrent)} AND ${ends}`,
    closed: select({ [validTo]: now, [isCurrent]: 'false' }, 'e'),
    // With `close`, a key that the batch lacks may be in any file.
    prunedBy: onMissing === 'keep' ? keys : [],
  };
}
