import type { AnswerOf } from '@rat/contracts';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { rat } from '../../client.ts';
import { Answer } from '../../parts/answer.tsx';
import { DiffText } from './diff-text.tsx';
import { keyOf, type Place } from './pipeline-place.ts';
import styles from './version-diff.module.css';

type Diff = AnswerOf<'diffVersions'>;

/** What changed from one version to another, file by file and setting by setting. */
export function VersionDiff({
  place,
  from,
  to,
}: {
  place: Place;
  from: number;
  to: number;
}): ReactNode {
  const diff = useQuery({
    queryKey: [...keyOf(place), 'diff', from, to],
    queryFn: ({ signal }) => rat.versions.diff(place, { from, to }, { signal }),
    // Versions never change.
    staleTime: Infinity,
  });
  return (
    <Answer of={diff} rows={6}>
      {({ files, config }) =>
        files.length === 0 && config.length === 0 ? (
          <p className={styles.same}>
            v{from} and v{to} have the same content.
          </p>
        ) : (
          <>
            {config.length > 0 && <Settings changes={config} />}
            {files.map((file) => (
              <section key={file.path} className={styles.file} aria-label={file.path}>
                <h3>
                  {file.path} <span className={styles.count}>{file.status}</span>{' '}
                  <span className={styles.added}>+{file.added}</span>{' '}
                  <span className={styles.removed}>−{file.removed}</span>
                </h3>
                {file.diff !== '' && <DiffText text={file.diff} />}
                {file.settings.length > 0 && <Settings changes={file.settings} />}
              </section>
            ))}
          </>
        )
      }
    </Answer>
  );
}

function Settings({ changes }: { changes: Diff['config'] }): ReactNode {
  return (
    <dl className={styles.settings}>
      {changes.map(({ key, from, to }) => (
        <div key={key}>
          <dt>{key}</dt>
          <dd>
            <del>{print(from)}</del> → <ins>{print(to)}</ins>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function print(value: unknown): string {
  if (value === null || value === undefined) return 'not set';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
