import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { addressOf } from '../../parts/run-names.ts';
import { rat } from '../../client.ts';
import { Answer } from '../../parts/answer.tsx';
import { StatusMark } from '../../parts/status-mark.tsx';
import { Time } from '../../time.tsx';
import styles from './activity-tab.module.css';
import { runKey, type RunFacts } from './run-facts.ts';

/** The origin of a run, and what people decided about it. */
export function ActivityTab({ run }: { run: RunFacts }): ReactNode {
  const causes = useQuery({
    queryKey: runKey(run.id, 'causes'),
    queryFn: ({ signal }) => rat.runs.getRunCauses(run.id, { signal }),
  });
  return (
    <section aria-label="activity" className={styles.tab}>
      <div>
        <h2>Decisions</h2>
        {run.actions.length === 0 && <p className={styles.quiet}>none</p>}
        <ul>
          {run.actions.map(({ action, at, reason }) => (
            <li key={at}>
              <Time at={at} /> {action}
              {reason !== null && <span className={styles.quiet}> “{reason}”</span>}
            </li>
          ))}
        </ul>
      </div>
      <div>
        <h2>What led to it</h2>
        <Answer of={causes} rows={2}>
          {({ runs }) => (
            <ol>
              {runs.map((cause) => (
                <li key={cause.run_id} className={styles.cause}>
                  <StatusMark mark={cause.status} />
                  <Link to="/runs/$runId" params={{ runId: cause.run_id }}>
                    {addressOf(cause)}
                  </Link>
                  <Time at={cause.created_at} />
                  <span className={styles.quiet}>
                    {cause.caused_by === null ? 'a request made it' : 'it started by itself'}
                  </span>
                </li>
              ))}
            </ol>
          )}
        </Answer>
      </div>
      <div>
        <h2>Facts</h2>
        <dl className={styles.facts}>
          {factsOf(run).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <code>{value}</code>
              </dd>
            </div>
          ))}
        </dl>
      </div>
    </section>
  );
}

function factsOf(run: RunFacts): [string, string][] {
  const facts: [string, string | null][] = [
    ['run', run.id],
    ['trigger', run.trigger],
    ['pool', run.pool],
    ['runner', run.attempts.at(-1)?.runner ?? null],
    ['priority', run.priority === 0 ? null : String(run.priority)],
    ['full refresh', run.full_refresh ? 'yes' : null],
    ['parameters', Object.keys(run.params).length === 0 ? null : JSON.stringify(run.params)],
    ['logical date', run.interval?.logical_date ?? null],
    ['request', run.request_id],
    ['trace', run.trace_id],
  ];
  return facts.flatMap(([name, value]): [string, string][] =>
    value === null ? [] : [[name, value]],
  );
}
