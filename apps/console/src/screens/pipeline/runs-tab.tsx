import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { rat } from '../../client.ts';
import { Answer } from '../../parts/answer.tsx';
import { Empty } from '../../parts/empty.tsx';
import { ListTable, type Column } from '../../parts/list-table.tsx';
import { formatCount } from '../../parts/numbers.ts';
import { RunLink } from '../../parts/run-link.tsx';
import { markOf, StatusMark } from '../../parts/status-mark.tsx';
import { Elapsed, formatDuration, Time } from '../../time.tsx';
import { printPlace, usePipelineUrl, usePlace } from './pipeline-place.ts';
import styles from './runs-tab.module.css';
import { useNewestRuns, type Run } from './use-newest-runs.ts';

const COLUMNS: readonly Column<Run>[] = [
  { title: 'Run', show: ({ id }) => <RunLink id={id} /> },
  { title: 'Status', show: (run) => <StatusMark mark={markOf(run)} /> },
  { title: 'Version', show: ({ pipeline_version: version }) => `v${version}` },
  {
    title: 'Started',
    show: ({ started_at: at, created_at: asked }) => <Time at={at ?? asked} />,
  },
  {
    title: 'Took',
    as: 'number',
    show: ({ duration_ms: ms, started_at: since, status }) =>
      ms !== null
        ? formatDuration(ms)
        : status === 'running' && since !== null && <Elapsed since={since} />,
  },
  {
    title: 'Rows',
    as: 'number',
    show: ({ rows_written: rows }) => (rows === null ? null : formatCount(rows)),
  },
  { title: 'Trigger', show: ({ trigger }) => trigger },
  { title: 'Why it failed', as: 'words', show: ({ error }) => error && <Reason text={error} /> },
];

/** The runs of the pipeline, newest first. */
export function RunsTab(): ReactNode {
  const place = usePlace();
  const { cursor } = usePipelineUrl();
  const { namespace, layer, name } = place;
  const page = useQuery({
    queryKey: ['runs', 'of', printPlace(place), cursor],
    queryFn: ({ signal }) =>
      rat.runs
        .list({ namespace, layer, pipeline: name, kind: 'pipeline', cursor, limit: 50 }, { signal })
        .first(),
    placeholderData: keepPreviousData,
  });
  const newest = useNewestRuns(place).data?.runs ?? [];
  const known = page.data?.runs ?? [];
  const made = newest.filter(({ created_at: at }) => at > (known[0]?.created_at ?? '')).length;
  return (
    <>
      <output className={styles.news}>
        {made > 0 && cursor === undefined && page.data !== undefined && (
          <button type="button" className={styles.pill} onClick={() => void page.refetch()}>
            {made} new ↑
          </button>
        )}
      </output>
      <Answer of={page} rows={12}>
        {({ runs, next_cursor: next }) =>
          runs.length === 0 ? (
            <Empty title="This pipeline has not run yet" />
          ) : (
            <>
              <ListTable rows={runs} columns={COLUMNS} keyOf={({ id }) => id} of="runs" />
              <nav aria-label="pages" className={styles.pages}>
                {cursor !== undefined && (
                  <Link
                    from="/p/$namespace/$layer/$name"
                    to="."
                    search={(before) => ({ ...before, cursor: undefined })}
                  >
                    ↑ Newest
                  </Link>
                )}
                {next !== null && (
                  <Link
                    from="/p/$namespace/$layer/$name"
                    to="."
                    search={(before) => ({ ...before, cursor: next })}
                  >
                    Older →
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

/** The first line of an error; the whole of it is on the page of the run. */
function Reason({ text }: { text: string }): ReactNode {
  return (
    <span className={styles.reason} title={text}>
      {text.split('\n', 1)[0]}
    </span>
  );
}
