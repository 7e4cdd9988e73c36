import type { AnswerOf } from '@rat/contracts';
import { useState, type ReactNode } from 'react';
import { Answer } from '../../parts/answer.tsx';
import { Empty } from '../../parts/empty.tsx';
import styles from './query-screen.module.css';
import { tableNameIn } from '../../parts/sql-words.ts';
import { useSchema } from '../../parts/use-schema.ts';

type Table = AnswerOf<'getSchema'>['tables'][number];

/** The tables with their columns. A name that is pressed is added to the query. */
export function TableTree({
  namespace,
  onInsert,
}: {
  /** Its tables are named without it. */
  namespace: string;
  onInsert: (text: string) => void;
}): ReactNode {
  const [text, setText] = useState('');
  const schema = useSchema();
  return (
    <section aria-label="tables" className={styles.tree}>
      <input
        type="search"
        aria-label="part of the name of a table or a column"
        placeholder="Find a table or a column…"
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
      <Answer of={schema} rows={8}>
        {({ tables, truncated }) => {
          const shown = tables.filter((table) => hasText(table, text));
          if (tables.length === 0) return <Empty title="There is no table yet" />;
          if (shown.length === 0) return <Empty title={`No table or column has “${text}”`} />;
          return (
            <>
              <ul className={styles.tables}>
                {shown.map((table) => (
                  <TableBranch
                    key={`${table.namespace}.${table.layer}.${table.name}`}
                    table={table}
                    name={tableNameIn(namespace, table)}
                    onInsert={onInsert}
                  />
                ))}
              </ul>
              {truncated && <p className={styles.quiet}>The first 1,000 tables.</p>}
            </>
          );
        }}
      </Answer>
    </section>
  );
}

function TableBranch({
  table,
  name,
  onInsert,
}: {
  table: Table;
  name: string;
  onInsert: (text: string) => void;
}): ReactNode {
  return (
    <li>
      <details>
        <summary>{name}</summary>
        <ul className={styles.columns}>
          <li>
            <button type="button" className={styles.name} onClick={() => onInsert(name)}>
              insert {name}
            </button>
          </li>
          {table.columns.map((column) => (
            <li key={column.name} title={column.description}>
              <button
                type="button"
                className={styles.name}
                onClick={() => onInsert(quoteName(column.name))}
              >
                {column.name}
              </button>
              <span className={styles.quiet}>{column.type.toLowerCase()}</span>
            </li>
          ))}
        </ul>
      </details>
    </li>
  );
}

function hasText(table: Table, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  const names = [
    `${table.namespace}.${table.layer}.${table.name}`,
    ...table.columns.map(({ name }) => name),
  ];
  return names.some((name) => name.toLowerCase().includes(wanted));
}

function quoteName(name: string): string {
  return /^[a-z_][a-z0-9_]*$/i.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
