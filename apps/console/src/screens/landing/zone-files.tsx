import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { queries, rat } from '../../client.ts';
import { Answer } from '../../parts/answer.tsx';
import { Consent } from '../../parts/consent.tsx';
import { Empty } from '../../parts/empty.tsx';
import { Lines, NumberCell } from '../../parts/lines.tsx';
import { useMay } from '../../parts/may.ts';
import { formatBytes, formatCount } from '../../parts/numbers.ts';
import { Time } from '../../time.tsx';
import { FilePreview } from './file-preview.tsx';
import styles from './landing-screen.module.css';
import type { ZonePlace } from './zone-place.ts';

const FILES = 200;

/** The files that wait in a zone, and the first rows of the one that is chosen. */
export function ZoneFiles({
  place,
  file,
}: {
  place: ZonePlace;
  file: string | undefined;
}): ReactNode {
  const { namespace, zone } = place;
  const mayChange = useMay('author');
  const files = useQuery({
    queryKey: ['landing', 'files', namespace, zone],
    queryFn: ({ signal }) => rat.landingZones.files(place, { limit: FILES }, { signal }).first(),
  });
  return (
    <section aria-labelledby="files">
      <h2 id="files">
        Files that wait in {namespace}/{zone}
      </h2>
      <Answer of={files} rows={4}>
        {(page) =>
          page.total === 0 ? (
            <Empty title="No file waits in this zone">
              {mayChange && (
                <p>
                  Drop files here, or <code>rat upload FILE {`${namespace}/${zone}`}</code>
                </p>
              )}
            </Empty>
          ) : (
            <>
              <Lines
                of="files"
                columns={[
                  { name: 'File' },
                  { name: 'Size', as: 'number' },
                  { name: 'Type' },
                  { name: 'Delivered' },
                  { name: 'By' },
                  { name: mayChange ? 'Act' : ' ' },
                ]}
              >
                {page.files.map((one) => (
                  <tr key={one.id} className={one.name === file ? styles.chosen : undefined}>
                    <th scope="row">
                      <Link
                        to="."
                        search={(before) => ({ ...before, file: one.name })}
                        resetScroll={false}
                        aria-current={one.name === file ? 'true' : undefined}
                      >
                        {one.name}
                      </Link>
                    </th>
                    <NumberCell>{formatBytes(one.bytes)}</NumberCell>
                    <td>{one.content_type}</td>
                    <td>
                      <Time at={one.uploaded_at} />
                    </td>
                    <td>{one.uploaded_by}</td>
                    <td>{mayChange && <DeleteFile place={place} id={one.id} name={one.name} />}</td>
                  </tr>
                ))}
              </Lines>
              {page.total > page.files.length && (
                <p className={styles.quiet}>
                  The first {formatCount(page.files.length)} of {formatCount(page.total)} files.
                </p>
              )}
            </>
          )
        }
      </Answer>
      {file !== undefined && <FilePreview place={place} name={file} />}
    </section>
  );
}

function DeleteFile({
  place,
  id,
  name,
}: {
  place: ZonePlace;
  id: string;
  name: string;
}): ReactNode {
  return (
    <Consent
      label="Delete…"
      title={`Delete ${name}?`}
      act="Delete"
      onConsent={async () => {
        // By its id: a file that has replaced it in between stays.
        await rat.landingZones.deleteFile({ ...place, name: id });
        await queries.invalidateQueries({ queryKey: ['landing'] });
      }}
    >
      No run will read it. It cannot be brought back.
    </Consent>
  );
}
