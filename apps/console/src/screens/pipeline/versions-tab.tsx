import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { rat } from '../../client.ts';
import { Answer } from '../../parts/answer.tsx';
import { Empty } from '../../parts/empty.tsx';
import { ListTable } from '../../parts/list-table.tsx';
import { useMay } from '../../parts/may.ts';
import { keyOf, usePipelineUrl, usePlace, type TaggedPipeline } from './pipeline-place.ts';
import { RestoreVersion } from './restore-version.tsx';
import { versionColumns, type Version } from './version-columns.tsx';
import { VersionDiff } from './version-diff.tsx';
import styles from './versions-tab.module.css';

/** The versions of the pipeline, newest first; two of them compared; and the way back to an earlier one. */
export function VersionsTab({ tagged }: { tagged: TaggedPipeline }): ReactNode {
  const place = usePlace();
  const versions = useQuery({
    queryKey: [...keyOf(place), 'versions', tagged.pipeline.version],
    queryFn: ({ signal }) => rat.versions.list(place, { limit: 200 }, { signal }).first(),
  });
  return (
    <Answer of={versions} rows={6}>
      {({ versions: all }) =>
        all.length === 0 ? (
          <Empty title="No version of this pipeline is published" />
        ) : (
          <Versions all={all} tagged={tagged} />
        )
      }
    </Answer>
  );
}

function Versions({ all, tagged }: { all: readonly Version[]; tagged: TaggedPipeline }): ReactNode {
  const place = usePlace();
  const url = usePipelineUrl();
  const [restoring, setRestoring] = useState<number>();
  const mayRestore = useMay('author');
  const to = url.newer ?? tagged.pipeline.version;
  const from = url.older ?? all.find(({ version }) => version < to)?.version;
  const columns = versionColumns({
    current: tagged.pipeline.version,
    onRestore: mayRestore ? setRestoring : undefined,
  });
  return (
    <>
      {restoring !== undefined && (
        <RestoreVersion
          key={restoring}
          place={place}
          version={restoring}
          tagged={tagged}
          onClose={() => setRestoring(undefined)}
        />
      )}
      <ListTable
        rows={all}
        columns={columns}
        keyOf={({ id }) => id}
        of="versions of the pipeline"
      />
      {from !== undefined && (
        <section className={styles.compare} aria-label="comparison of two versions">
          <Choice all={all} from={from} to={to} />
          <VersionDiff place={place} from={from} to={to} />
        </section>
      )}
    </>
  );
}

/** Chooses the two versions that are compared. */
function Choice({
  all,
  from,
  to,
}: {
  all: readonly Version[];
  from: number;
  to: number;
}): ReactNode {
  const navigate = useNavigate({ from: '/p/$namespace/$layer/$name' });
  const choose = (ends: { from: number; to: number }): void => {
    void navigate({
      search: (before) => ({ ...before, older: ends.from, newer: ends.to }),
      resetScroll: false,
    });
  };
  const options = all.map(({ version }) => (
    <option key={version} value={version}>
      v{version}
    </option>
  ));
  return (
    <h2 className={styles.choice}>
      What changed from
      <select
        aria-label="from version"
        value={from}
        onChange={({ target }) => choose({ from: Number(target.value), to })}
      >
        {options}
      </select>
      to
      <select
        aria-label="to version"
        value={to}
        onChange={({ target }) => choose({ from, to: Number(target.value) })}
      >
        {options}
      </select>
    </h2>
  );
}
