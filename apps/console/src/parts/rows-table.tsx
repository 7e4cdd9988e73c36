import type { ReactNode } from 'react';
import { isNumberType } from './cell-text.ts';
import styles from './rows-table.module.css';

/** Rows of a table, or of a query. Numbers stand at the right, and what is absent differs from an empty text. */
export function RowsTable({
  columns,
  rows,
  label,
}: {
  columns: readonly { name: string; type?: string }[];
  rows: readonly (readonly unknown[])[];
  label: string;
}): ReactNode {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the keys scroll it
    <section className={styles.box} aria-label={label} tabIndex={0}>
      <table className={styles.table}>
        <thead>
          <tr>
            {columns.map(({ name, type }) => (
              <th
                key={name}
                scope="col"
                className={isNumberType(type ?? '') ? styles.number : undefined}
              >
                {name}
                {type !== undefined && <span className={styles.type}>{type.toLowerCase()}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, place) => (
            // A row has no name but its place.
            // oxlint-disable-next-line react/no-array-index-key
            <tr key={place}>
              {columns.map(({ name, type = '' }, nth) => (
                <td
                  key={name}
                  className={
                    isNumberType(type) || typeof row[nth] === 'number' ? styles.number : undefined
                  }
                >
                  <Value of={row[nth]} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Value({ of }: { of: unknown }): ReactNode {
  if (of === null || of === undefined) return <span className={styles.none}>null</span>;
  return typeof of === 'string' ? of : JSON.stringify(of);
}
