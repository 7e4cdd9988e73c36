import type { ReactNode } from 'react';
import { Lines } from './lines.tsx';
import styles from './list-table.module.css';

export interface Column<Row> {
  title: string;
  /** Numbers are right-aligned; words may take several lines. */
  as?: 'number' | 'words';
  /** null: a cell without a value. */
  show: (row: Row) => ReactNode;
}

/** Things, one a line, by what each column shows of them. The first column names the line. */
export function ListTable<Row>({
  of,
  rows,
  columns,
  keyOf,
}: {
  of: string;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  keyOf: (row: Row) => string;
}): ReactNode {
  const [first, ...others] = columns;
  return (
    <Lines of={of} columns={columns.map(({ title, as }) => ({ name: title, ...(as && { as }) }))}>
      {rows.map((row) => (
        <tr key={keyOf(row)}>
          {first && (
            <th scope="row" className={`${styles.name} ${first.as ? styles[first.as] : ''}`}>
              {first.show(row)}
            </th>
          )}
          {others.map(({ title, as, show }) => (
            <td key={title} className={as && styles[as]}>
              {show(row) ?? <span className={styles.nothing}>–</span>}
            </td>
          ))}
        </tr>
      ))}
    </Lines>
  );
}
