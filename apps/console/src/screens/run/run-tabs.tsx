import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { RunTab, RunUrl } from '../../url/run-url.ts';
import { ActivityTab } from './activity-tab.tsx';
import { DataTab } from './data-tab.tsx';
import { LogFacts } from './log/log-facts.tsx';
import { LogTab } from './log/log-tab.tsx';
import type { RunLog, RunLogState } from './log/run-log.ts';
import { QualityTab } from './quality-tab.tsx';
import type { RunFacts } from './run-facts.ts';
import styles from './run-tabs.module.css';
import { SqlTab } from './sql-tab.tsx';

const NAMES: Record<RunTab, string> = {
  log: 'Log',
  sql: 'SQL',
  data: 'Data',
  quality: 'Quality',
  activity: 'Activity',
};

interface RunTabsProps {
  run: RunFacts;
  url: RunUrl;
  stream: RunLog;
  log: RunLogState;
}

/** The parts of a run that are looked at one at a time. */
export function RunTabs({ run, url, stream, log }: RunTabsProps): ReactNode {
  const open = url.tab ?? tabOf(run);
  return (
    <>
      <nav aria-label="parts of the run" className={styles.tabs}>
        {Object.entries(NAMES).map(([tab, name]) => (
          <Link
            key={tab}
            to="/runs/$runId"
            params={{ runId: run.id }}
            search={{ tab: tab as RunTab }}
            replace
            resetScroll={false}
            className={`${styles.tab} ${tab === open ? styles.open : ''}`}
            aria-current={tab === open ? 'page' : undefined}
          >
            {name}
          </Link>
        ))}
        <LogFacts run={run} log={log} />
      </nav>
      {open === 'log' && <LogTab run={run} url={url} stream={stream} log={log} />}
      {open === 'sql' && <SqlTab run={run} />}
      {open === 'data' && <DataTab run={run} />}
      {open === 'quality' && <QualityTab run={run} url={url} />}
      {open === 'activity' && <ActivityTab run={run} />}
    </>
  );
}

/** The part that says most: of a run whose tests failed, the tests. */
function tabOf(run: RunFacts): RunTab {
  return run.failure?.code === 'quality_failed' || run.disposition !== null ? 'quality' : 'log';
}
