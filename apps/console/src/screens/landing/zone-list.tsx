import type { AnswerOf } from '@rat/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { rat } from '../../client.ts';
import { Lines, NumberCell, WordsCell } from '../../parts/lines.tsx';
import { countOf, formatBytes, formatCount } from '../../parts/numbers.ts';
import { PipelineLink } from '../../parts/pipeline-link.tsx';
import { useNamespace } from '../../parts/use-namespace.ts';
import styles from './landing-screen.module.css';
import type { ZonePlace } from './zone-place.ts';

type Zone = AnswerOf<'listAllLandingZones'>['landing_zones'][number];

const PLACES = 1_000;

/** The zones, with what waits in each and who reads it. */
export function ZoneList({
  zones,
  total,
  chosen,
}: {
  zones: readonly Zone[];
  total: number;
  chosen: ZonePlace | undefined;
}): ReactNode {
  const readers = useReaders();
  const isMixed = new Set(zones.map(({ namespace }) => namespace)).size > 1;
  const isChosen = ({ namespace, name }: Zone): boolean =>
    chosen?.namespace === namespace && chosen.zone === name;
  return (
    <section aria-labelledby="zones">
      <h2 id="zones">Zones</h2>
      <Lines
        of="landing zones"
        columns={[
          { name: 'Zone' },
          { name: 'Files that wait', as: 'number' },
          { name: 'Size', as: 'number' },
          { name: 'Read by' },
          { name: 'Owner' },
          { name: 'What it takes', as: 'words' },
        ]}
      >
        {zones.map((zone) => (
          <tr key={zone.id} className={isChosen(zone) ? styles.chosen : undefined}>
            <th scope="row">
              <Link
                to="."
                search={(before) => ({
                  ...before,
                  zone: `${zone.namespace}/${zone.name}`,
                  file: undefined,
                })}
                resetScroll={false}
                aria-current={isChosen(zone) ? 'true' : undefined}
              >
                {isMixed && `${zone.namespace}/`}
                {zone.name}
              </Link>
            </th>
            <NumberCell>{formatCount(zone.files)}</NumberCell>
            <NumberCell>{formatBytes(zone.bytes)}</NumberCell>
            <td>
              {readers === undefined
                ? ''
                : (readers
                    .get(`landing:${zone.namespace}/${zone.name}`)
                    ?.map((reader) => <Reader key={reader} address={reader} />) ?? (
                    <span className={styles.quiet}>no pipeline</span>
                  ))}
            </td>
            <td>{zone.owner}</td>
            <WordsCell>
              {zone.description}{' '}
              {zone.expected_columns !== null && (
                <span className={styles.quiet}>
                  {zone.expected_columns.map(({ name, type }) => `${name} ${type}`).join(', ')}
                </span>
              )}
            </WordsCell>
          </tr>
        ))}
      </Lines>
      {total > zones.length && (
        <p className={styles.quiet}>
          The first {formatCount(zones.length)} of {countOf(total, 'zone')}: choose a namespace.
        </p>
      )}
    </section>
  );
}

function Reader({ address }: { address: string }): ReactNode {
  const [namespace = '', layer = '', name = ''] = address.split('.');
  return (
    <span className={styles.reader}>
      <PipelineLink of={{ namespace, layer, name }} />
    </span>
  );
}

/** The pipelines that read each zone, by the id of the zone in the lineage. */
function useReaders(): ReadonlyMap<string, string[]> | undefined {
  const namespace = useNamespace();
  const lineage = useQuery({
    queryKey: ['landing', 'readers', namespace],
    queryFn: ({ signal }) => rat.lineage.get({ namespace, limit: PLACES }, { signal }),
  });
  if (lineage.data === undefined) return undefined;
  const readers = new Map<string, string[]>();
  for (const { from, to, kind } of lineage.data.edges) {
    if (kind !== 'landing') continue;
    const name = to.replace(/^pipeline:/, '');
    readers.set(from, [...(readers.get(from) ?? []), name]);
  }
  return readers;
}
