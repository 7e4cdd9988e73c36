import { LAYERS } from '@rat/domain';
import { useQuery } from '@tanstack/react-query';
import { useParams, useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { rat } from '../../client.ts';
import { LineageView } from '../../lineage/lineage-view.tsx';
import { countOf, formatBytes } from '../../parts/numbers.ts';
import { Answer } from '../../parts/answer.tsx';
import { NoSuchPage } from '../../parts/no-such-page.tsx';
import { RunLink } from '../../parts/run-link.tsx';
import { ScreenHead } from '../../parts/screen-head.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { Time } from '../../time.tsx';
import { parseTableUrl, TABLE_TABS, type TableUrl } from '../../url/table-url.ts';
import { DataTab } from './data-tab.tsx';
import { ProfileTab } from './profile-tab.tsx';
import { SchemaTab } from './schema-tab.tsx';
import { SnapshotsTab } from './snapshots-tab.tsx';
import type { Table, TablePlace } from './table-place.ts';
import styles from './table-screen.module.css';

/** One table: its rows, its columns, its versions, what its values are like, and where they come from. */
export function TableScreen(): ReactNode {
  const { namespace = '', layer: given, name = '' } = useParams({ strict: false });
  const url = parseTableUrl(useSearch({ strict: false }));
  const layer = LAYERS.find((one) => one === given);
  if (layer === undefined) return <NoSuchPage />;
  return <TableAt place={{ namespace, layer, name }} url={url} />;
}

function TableAt({ place, url }: { place: TablePlace; url: TableUrl }): ReactNode {
  const { namespace, layer, name } = place;
  const table = useQuery({
    queryKey: ['table', namespace, layer, name],
    queryFn: ({ signal }) => rat.tables.get(place, { signal }),
  });
  const tab = url.tab ?? 'data';
  return (
    <>
      <ScreenHead title={`${namespace}.${layer}.${name}`}>
        {table.data !== undefined && <Facts table={table.data} />}
      </ScreenHead>
      <Tabs label="parts of the table" names={TABLE_TABS} shown={tab} />
      <Answer of={table} rows={14}>
        {(found) => {
          switch (tab) {
            case 'data':
              return <DataTab table={found} place={place} url={url} />;
            case 'schema':
              return <SchemaTab table={found} place={place} />;
            case 'snapshots':
              return <SnapshotsTab table={found} place={place} url={url} />;
            case 'profile':
              return <ProfileTab place={place} />;
            case 'lineage':
              return (
                <LineageView
                  root={`${namespace}.${layer}.${name}`}
                  namespace={namespace}
                  up={url.up}
                  down={url.down}
                  view={url.view}
                />
              );
          }
        }}
      </Answer>
    </>
  );
}

function Facts({ table }: { table: Table }): ReactNode {
  const { rows, bytes, updated_at: updatedAt, run_id: runId } = table;
  return (
    <p className={styles.facts}>
      {rows !== null && <span>{countOf(rows, 'row')}</span>}
      {bytes !== null && <span>{formatBytes(bytes)}</span>}
      {updatedAt !== null && (
        <span>
          updated <Time at={updatedAt} />
        </span>
      )}
      {runId !== null && (
        <span>
          by <RunLink id={runId} />
        </span>
      )}
      {table.unreadable_reason !== undefined && (
        <span className={styles.bad}>✕ {table.unreadable_reason}</span>
      )}
    </p>
  );
}
