import type { ReactNode } from 'react';
import { useNamespace } from '../../parts/use-namespace.ts';
import { NeedsYou } from './needs-you.tsx';
import { NowLine } from './now-line.tsx';
import styles from './overview.module.css';
import { PipelineHealth } from './pipeline-health.tsx';
import { RunsByHour } from './runs-by-hour.tsx';
import { useHealth } from './use-health.ts';

/** How everything is: what needs a person, what runs now, the last day, and each pipeline. */
export function OverviewScreen(): ReactNode {
  const namespace = useNamespace();
  const health = useHealth(namespace);
  return (
    <div className={styles.screen}>
      <h1>Overview</h1>
      <NeedsYou namespace={namespace} health={health} />
      <NowLine namespace={namespace} />
      <RunsByHour namespace={namespace} />
      <PipelineHealth health={health} />
    </div>
  );
}
