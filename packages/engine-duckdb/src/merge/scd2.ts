import { quoteIdentifier, quoteText } from '../../../domain/src/sql-text.ts';
import { BATCH, CHANGES, EXISTING, hasKeyOf, newsOfEachKey } from './change-sql.ts';
import type { ChangePlan, MergeInput } from './change-sql.ts';

/** The column that is true for the current version of a key. */
export const IS_CURRENT = 'is_current';

/** The columns and rules for versions of rows. Column names are as the table spells them. */
export interface VersionOptions {
  validFrom: string;
  validTo: string;
  isCurrent: string;
  /** The effect on the current version of a key that the batch lacks. */
  onMissing: 'keep' | 'close';
  /** ISO 8601: the time at which new versions begin and old ones end. */
  runStartedAt: string;
}

/**
 * Keeps history by versions: where the last row of a key differs from the key's current version in
 * any other column, that version ends and a new one begins. Ended versions never change.
 */
export function planScd2(input: MergeInput, versions: VersionOptions): ChangePlan {
  const { columns, keys } = input;
  const { validFrom, validTo, isCurrent, onMissing } = versions;
  const now = `CAST(${quoteText(versions.runStartedAt)} AS TIMESTAMP WITH TIME ZONE)`;
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
    // A missing key may be in any file.
    prunedBy: onMissing === 'keep' ? keys : [],
  };
}
