import type { ReactNode } from 'react';
import { useMay } from '../../parts/may.ts';
import { markOf, StatusMark } from '../../parts/status-mark.tsx';
import { Time } from '../../time.tsx';
import styles from './pipeline-head.module.css';
import { usePlace, type TaggedPipeline } from './pipeline-place.ts';
import { RunButton } from './run-button.tsx';
import { useNewestRuns } from './use-newest-runs.ts';
import { useNextTime } from './use-next-time.ts';

/** Which pipeline this is, how it stands, and the button that runs it. */
export function PipelineHead({
  pipeline,
  isEdited,
}: {
  pipeline: TaggedPipeline['pipeline'];
  /** Whether its editor is open, whose own button runs the text on the screen. */
  isEdited: boolean;
}): ReactNode {
  const place = usePlace();
  const mayRun = useMay('operator');
  const last = useNewestRuns(place).data?.runs[0];
  const next = useNextTime(place);
  const { namespace, layer, name, version, published_at: at, version_author: author } = pipeline;
  return (
    <header className={styles.head}>
      <h1 className={styles.name}>
        {namespace !== 'default' && <span className={styles.quiet}>{namespace}.</span>}
        {layer}.{name}
      </h1>
      <p className={styles.facts}>
        {at === null ? (
          <span>draft, not published</span>
        ) : (
          <span>
            v{version} <Time at={at} />
            {author !== null && ` by ${author}`}
          </span>
        )}
        {last !== undefined && (
          <span className={styles.last}>
            <StatusMark mark={markOf(last)} /> <Time at={last.finished_at ?? last.created_at} />
          </span>
        )}
        {next !== undefined && (
          <span>
            next <Time at={next} />
          </span>
        )}
      </p>
      {mayRun && !isEdited && version > 0 && <RunButton place={place} />}
    </header>
  );
}
