import type { ReactNode } from 'react';
import { RunLink } from '../../parts/run-link.tsx';
import { StatusMark } from '../../parts/status-mark.tsx';
import styles from './test-count.module.css';

/** How the tests of the newest run with tests went: only what needs attention is spelled out. */
export function TestCount({
  tests,
}: {
  tests: { run_id: string; passed: number; failed: number; warned: number; error: number };
}): ReactNode {
  const { run_id: id, passed, failed, warned, error } = tests;
  const bad = failed + error;
  const words = [
    ...(bad > 0 ? [`${bad} failed`] : []),
    ...(warned > 0 ? [`${warned} warned`] : []),
    `${passed} passed`,
  ];
  return (
    <RunLink id={id}>
      <span className={styles.count} title={words.join(', ')}>
        <StatusMark mark={bad > 0 ? 'failed' : 'success'} isBare />
        {bad > 0 ? `${bad} of ${bad + warned + passed}` : passed}
        {bad === 0 && warned > 0 && ` · ${warned} warned`}
      </span>
    </RunLink>
  );
}
