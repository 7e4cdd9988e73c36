import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import type { QueryOf } from '@rat/contracts';
import { useState, type ReactNode } from 'react';
import { rat } from '../../client.ts';
import { Answer } from '../../parts/answer.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Empty } from '../../parts/empty.tsx';
import { useMay } from '../../parts/may.ts';
import { countOf } from '../../parts/numbers.ts';
import { ScreenHead } from '../../parts/screen-head.tsx';
import { useNamespace } from '../../parts/use-namespace.ts';
import { filtersOf, parseRunsUrl, toInstant, type RunsUrl } from '../../url/runs-url.ts';
import { BulkBar } from './bulk-bar.tsx';
import { NewRunsPill } from './new-runs-pill.tsx';
import { RunFilters } from './run-filters.tsx';
import { RunTable, type RunRow } from './run-table.tsx';
import { RunViews } from './run-views.tsx';
import { SelectAll } from './select-all.tsx';
import styles from './runs-screen.module.css';

const PAGE = 100;
const NONE: ReadonlySet<string> = new Set();

/** The list of runs, newest first, filtered by its address. */
export function RunsScreen(): ReactNode {
  const url = parseRunsUrl(useSearch({ strict: false }));
  const navigate = useNavigate();
  const namespace = useNamespace();
  // All that is done with a selection needs this role.
  const maySelect = useMay('operator');
  const [selected, setSelected] = useState(NONE);
  /** The runs of other pages that are selected too. */
  const [others, setOthers] = useState<readonly RunRow[]>([]);
  const filters = filtersOf(url);
  const runs = useQuery({
    queryKey: ['runs', 'list', namespace, { ...url, live: undefined }],
    queryFn: ({ signal }) => rat.runs.list(toQuery(url, namespace), { signal }).first(),
    placeholderData: (before) => before,
  });
  const select = (ids: ReadonlySet<string>, more: readonly RunRow[] = []): void => {
    setSelected(ids);
    setOthers(more);
  };
  const change = (next: Partial<RunsUrl>): void => {
    select(NONE);
    void navigate({ to: '/runs', search: (before) => ({ ...before, cursor: undefined, ...next }) });
  };
  const clear = (): void => {
    void navigate({ to: '/runs', search: ({ ns, live }) => ({ ns, live }) });
  };
  const shown = runs.data?.runs ?? [];
  const chosen = [...shown, ...others].filter(({ id }) => selected.has(id));
  const total = runs.data?.total ?? 0;
  const isPageSelected = shown.length > 0 && shown.every(({ id }) => selected.has(id));
  return (
    <>
      <ScreenHead title="Runs">
        <RunViews url={url} onOpen={() => select(NONE)} />
      </ScreenHead>
      <RunFilters url={url} onChange={change} onClear={clear} />
      <div className={styles.line}>
        <output aria-busy={runs.isFetching}>
          {runs.data !== undefined && countOf(runs.data.total, 'run')}
        </output>
        {url.cursor === undefined && (
          <label
            className={styles.choice}
            title="while the list is at its top, and nothing in it is selected or focused"
          >
            <input
              type="checkbox"
              checked={url.live !== undefined}
              onChange={({ target }) => change({ live: target.checked ? '1' : undefined })}
            />
            insert new runs
          </label>
        )}
        <CopyButton label="Copy link" text={() => location.href} />
        <NewRunsPill
          of={shown}
          isLive={url.live !== undefined && url.cursor === undefined}
          isSelecting={selected.size > 0}
          onShow={() => (url.cursor === undefined ? void runs.refetch() : change({}))}
        />
        <BulkBar runs={chosen} onDone={() => select(NONE)} />
        {isPageSelected && total > chosen.length && (
          <SelectAll
            query={toQuery(url, namespace)}
            total={total}
            onSelect={(all) => {
              const here = new Set(shown.map(({ id }) => id));
              select(
                new Set(all.map(({ id }) => id)),
                all.filter(({ id }) => !here.has(id)),
              );
            }}
          />
        )}
      </div>
      <Answer of={runs} rows={20}>
        {(page) =>
          page.runs.length === 0 ? (
            <NoRuns filters={filters} onClear={clear} />
          ) : (
            <>
              <RunTable
                runs={page.runs}
                selected={selected}
                onSelect={maySelect ? select : undefined}
              />
              <nav aria-label="pages" className={styles.pages}>
                {url.cursor !== undefined && (
                  <Link to="/runs" search={(before) => ({ ...before, cursor: undefined })}>
                    Newest runs
                  </Link>
                )}
                {page.next_cursor !== null && (
                  <Link
                    to="/runs"
                    search={(before) => ({ ...before, cursor: page.next_cursor ?? undefined })}
                  >
                    Older runs
                  </Link>
                )}
              </nav>
            </>
          )
        }
      </Answer>
    </>
  );
}

function toQuery(url: RunsUrl, namespace: string | undefined): QueryOf<'listRuns'> {
  const { ns: _, live: _live, from, to, ...rest } = url;
  const now = Date.now();
  // The API checks each word, and says which ones there are.
  return {
    ...rest,
    namespace,
    from: toInstant(from, now),
    to: toInstant(to, now),
    limit: PAGE,
  } as QueryOf<'listRuns'>;
}

interface NoRunsProps {
  filters: readonly [string, string][];
  onClear: () => void;
}

function NoRuns({ filters, onClear }: NoRunsProps): ReactNode {
  if (filters.length === 0) {
    return (
      <Empty title="No pipeline has run yet">
        <p>Start one, or load the demo:</p>
        <pre>rat run gold.daily{'\n'}npm run seed</pre>
      </Empty>
    );
  }
  return (
    <Empty title="No run fits the filters">
      <p>{filters.map(([name, value]) => `${name}: ${value}`).join(' · ')}</p>
      <button type="button" onClick={onClear}>
        Clear the filters
      </button>
    </Empty>
  );
}
