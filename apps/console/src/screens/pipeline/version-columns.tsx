import type { AnswerOf } from '@rat/contracts';
import { Link } from '@tanstack/react-router';
import type { Column } from '../../parts/list-table.tsx';
import { Time } from '../../time.tsx';
import styles from './version-columns.module.css';

export type Version = AnswerOf<'listVersions'>['versions'][number];

export function versionColumns({
  current,
  onRestore,
}: {
  /** The number of the current version. */
  current: number;
  /** Undefined: the person may not restore one. */
  onRestore: ((version: number) => void) | undefined;
}): Column<Version>[] {
  return [
    {
      title: 'Version',
      show: ({ version, is_current: isCurrent }) => (
        <>
          v{version}
          {isCurrent && <span className={styles.current}>current</span>}
        </>
      ),
    },
    { title: 'Published', show: ({ created_at: at }) => <Time at={at} /> },
    { title: 'By', show: ({ author }) => author },
    { title: 'Why', as: 'words', show: ({ message }) => message || null },
    { title: 'Runs', as: 'number', show: ({ runs }) => runs },
    {
      title: 'Compare',
      show: ({ version, is_current: isCurrent }) =>
        isCurrent ? null : (
          <Link
            from="/p/$namespace/$layer/$name"
            to="."
            search={(before) => ({ ...before, older: version, newer: current })}
            resetScroll={false}
          >
            with v{current}
          </Link>
        ),
    },
    ...(onRestore === undefined ? [] : [restoreColumn(onRestore)]),
  ];
}

function restoreColumn(onRestore: (version: number) => void): Column<Version> {
  return {
    title: 'Restore',
    show: ({ version, is_current: isCurrent }) =>
      isCurrent ? null : (
        <button type="button" onClick={() => onRestore(version)}>
          Restore…
        </button>
      ),
  };
}
