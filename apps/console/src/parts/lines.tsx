import type { ReactNode } from 'react';
import styles from './lines.module.css';

interface Column {
  name: string;
  /** Numbers are right-aligned; words may take several lines. */
  as?: 'number' | 'words';
}

/**
 * A table of things, one a line. It scrolls sideways where the screen is narrow, with the keyboard too.
 *
 * @example
 * <Lines of="tokens" columns={[{ name: 'Name' }, { name: 'Uses', as: 'number' }]}>{rows}</Lines>
 */
export function Lines({
  of,
  columns,
  children,
}: {
  of: string;
  columns: readonly Column[];
  children: ReactNode;
}): ReactNode {
  return (
    // A box that scrolls must be in the way of the Tab key.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section aria-label={of} tabIndex={0} className={styles.scroll}>
      <table className={styles.lines}>
        <thead>
          <tr>
            {columns.map(({ name, as }) => (
              <th key={name} scope="col" className={as && styles[as]}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}

/** A cell with a number. */
export function NumberCell({ children }: { children: ReactNode }): ReactNode {
  return <td className={styles.number}>{children}</td>;
}

/** A cell with a sentence. */
export function WordsCell({ children }: { children: ReactNode }): ReactNode {
  return <td className={styles.words}>{children}</td>;
}
