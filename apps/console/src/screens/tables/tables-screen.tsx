import { LAYERS } from '@rat/domain';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { rat } from '../../client.ts';
import { countOf, formatCount } from '../../parts/numbers.ts';
import { Answer } from '../../parts/answer.tsx';
import { Empty } from '../../parts/empty.tsx';
import { ScreenHead } from '../../parts/screen-head.tsx';
import { useNamespace } from '../../parts/use-namespace.ts';
import { parseTablesUrl, type TablesUrl } from '../../url/tables-url.ts';
import { TableList, type TableRow } from './table-list.tsx';
import styles from './tables-screen.module.css';

const PAGE = 200;

/** All tables, with their sizes and who made them. */
export function TablesScreen(): ReactNode {
  const url = parseTablesUrl(useSearch({ strict: false }));
  const namespace = useNamespace();
  const navigate = useNavigate();
  // The address follows a moment later, and the field must not wait for it.
  const [text, setText] = useState(url.q ?? '');
  const offset = Number(url.offset ?? 0);
  const layer = LAYERS.find((name) => name === url.layer);
  const tables = useQuery({
    queryKey: ['tables', namespace, layer, offset],
    queryFn: ({ signal }) =>
      rat.tables.list({ namespace, layer, limit: PAGE, offset }, { signal }).first(),
    placeholderData: keepPreviousData,
  });
  const change = (next: TablesUrl): void => {
    void navigate({ to: '.', search: (before) => ({ ...before, ...next }), replace: true });
  };
  const clear = (): void => {
    setText('');
    change({ q: '', layer: '', offset: '' });
  };
  return (
    <>
      <ScreenHead title="Tables">
        <input
          type="search"
          aria-label="part of a table's name, owner, tag or description"
          placeholder="Name, owner, tag…"
          value={text}
          onChange={({ target }) => {
            setText(target.value);
            change({ q: target.value });
          }}
        />
        <select
          aria-label="layer"
          value={layer ?? ''}
          onChange={({ target }) => change({ layer: target.value, offset: '' })}
        >
          <option value="">all layers</option>
          {LAYERS.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </ScreenHead>
      <Answer of={tables} rows={12}>
        {(page) => {
          const shown = page.tables.filter((table) => matches(table, url.q ?? ''));
          if (page.total === 0 && layer === undefined)
            return (
              <Empty title="There is no table yet">
                <p>
                  A pipeline makes its table in its first run: <code>rat run silver.orders</code>
                </p>
              </Empty>
            );
          if (shown.length === 0)
            return (
              <Empty title={`No table fits ${filterWords(url.q, layer)}`}>
                <button type="button" onClick={clear}>
                  Clear the filters
                </button>
              </Empty>
            );
          return (
            <>
              <p className={styles.count}>
                {shown.length === page.total
                  ? countOf(page.total, 'table')
                  : `${formatCount(shown.length)} of ${countOf(page.total, 'table')}`}
              </p>
              <TableList tables={shown} />
              {page.total > PAGE && (
                <div className={styles.pages}>
                  <button
                    type="button"
                    disabled={offset === 0}
                    onClick={() => change({ offset: String(Math.max(0, offset - PAGE)) })}
                  >
                    ← Before
                  </button>
                  <button
                    type="button"
                    disabled={offset + PAGE >= page.total}
                    onClick={() => change({ offset: String(offset + PAGE) })}
                  >
                    Next →
                  </button>
                  The name filter looks through the {countOf(page.tables.length, 'table')} of this
                  page.
                </div>
              )}
            </>
          );
        }}
      </Answer>
    </>
  );
}

function matches(table: TableRow, text: string): boolean {
  const { namespace, layer, name, owner, description, tags = [] } = table;
  const words = [`${namespace}.${layer}.${name}`, owner, description, ...tags];
  return words.some((word) => word?.toLowerCase().includes(text.trim().toLowerCase()));
}

function filterWords(text: string | undefined, layer: string | undefined): string {
  const words = [text !== undefined && `“${text}”`, layer !== undefined && `the layer ${layer}`];
  return words.filter(Boolean).join(' and ');
}
