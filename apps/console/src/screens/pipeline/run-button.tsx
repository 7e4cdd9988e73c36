import { useMutation } from '@tanstack/react-query';
import { useRef, type MouseEvent, type ReactNode } from 'react';
import { messageOf, rat } from '../../client.ts';
import type { Place } from './pipeline-place.ts';
import styles from './run-button.module.css';
import { StartedRun } from './started-run.tsx';

/** What one press requests. Its key makes one run of it, however often the request is sent. */
interface Press {
  key: string;
  fullRefresh: boolean;
}

/** Runs the pipeline. The second click of a double click is no press. */
export function RunButton({ place }: { place: Place }): ReactNode {
  const more = useRef<HTMLDetailsElement>(null);
  const { namespace, layer, name } = place;
  const start = useMutation({
    mutationFn: ({ key, fullRefresh }: Press) =>
      rat.runs.create(
        { namespace, layer, pipeline: name, ...(fullRefresh ? { full_refresh: true } : {}) },
        { idempotencyKey: key },
      ),
  });
  const press = (event: MouseEvent, fullRefresh: boolean): void => {
    if (event.detail > 1 || start.isPending) return;
    if (more.current !== null) more.current.open = false;
    start.mutate({ key: crypto.randomUUID(), fullRefresh });
  };
  return (
    <div className={styles.place}>
      <output className={styles.outcome}>
        {start.isError && <span className={styles.problem}>{messageOf(start.error)}</span>}
        {start.data !== undefined && <StartedRun key={start.data.run_id} id={start.data.run_id} />}
      </output>
      <div className={styles.buttons}>
        <button
          type="button"
          className={styles.run}
          aria-disabled={start.isPending}
          onClick={(event) => press(event, false)}
        >
          ▶ Run
        </button>
        <details ref={more} className={styles.more}>
          <summary aria-label="other ways to run">▾</summary>
          <div className={styles.menu}>
            <button type="button" onClick={(event) => press(event, true)}>
              Run as a full refresh
            </button>
            <p>Builds the whole table again, also under another merge strategy.</p>
          </div>
        </details>
      </div>
    </div>
  );
}
