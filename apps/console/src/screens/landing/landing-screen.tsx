import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useRef, type ReactNode } from 'react';
import { rat } from '../../client.ts';
import { Answer } from '../../parts/answer.tsx';
import { Empty } from '../../parts/empty.tsx';
import { useMay } from '../../parts/may.ts';
import { ScreenHead } from '../../parts/screen-head.tsx';
import { useNamespace } from '../../parts/use-namespace.ts';
import { parseLandingUrl } from '../../url/landing-url.ts';
import styles from './landing-screen.module.css';
import { NewZone } from './new-zone.tsx';
import { UploadList } from './upload-list.tsx';
import { addUploads } from './upload-queue.ts';
import { useFileDrop } from './use-file-drop.ts';
import { ZoneFiles } from './zone-files.tsx';
import { ZoneList } from './zone-list.tsx';
import { readZone, type ZonePlace } from './zone-place.ts';

const ZONES = 200;

/** The landing zones, the files that wait in them, and the way to deliver more. */
export function LandingScreen(): ReactNode {
  const url = parseLandingUrl(useSearch({ strict: false }));
  const namespace = useNamespace();
  const mayUpload = useMay('author');
  const zones = useQuery({
    queryKey: ['landing', 'zones', namespace],
    queryFn: ({ signal }) => rat.landingZones.list({ namespace, limit: ZONES }, { signal }).first(),
  });
  const known = zones.data?.landing_zones ?? [];
  const chosen = readZone(url.zone) ?? (known.length === 1 ? placeOf(known[0]) : undefined);
  const deliver = (files: readonly File[]): void => {
    if (chosen !== undefined && mayUpload) addUploads(files, chosen);
  };
  const isOver = useFileDrop(deliver);
  return (
    <>
      <ScreenHead title="Landing">
        {mayUpload && <NewZone namespace={namespace ?? 'default'} />}
        {mayUpload && <ChooseFiles into={chosen} onChoose={deliver} />}
      </ScreenHead>
      {isOver && mayUpload && (
        <output className={styles.drop}>
          {chosen === undefined
            ? 'Open a zone first: the files need a place.'
            : `Drop the files: they go into ${chosen.namespace}/${chosen.zone}.`}
        </output>
      )}
      <div className={styles.sections}>
        <UploadList />
        <Answer of={zones} rows={6}>
          {(page) =>
            page.total === 0 ? (
              <Empty title="There is no landing zone yet">
                {mayUpload && <p>Make one with “New zone…”, and deliver files into it.</p>}
              </Empty>
            ) : (
              <ZoneList zones={page.landing_zones} total={page.total} chosen={chosen} />
            )
          }
        </Answer>
        {chosen !== undefined && <ZoneFiles place={chosen} file={url.file} />}
      </div>
    </>
  );
}

function placeOf(zone: { namespace: string; name: string } | undefined): ZonePlace | undefined {
  return zone && { namespace: zone.namespace, zone: zone.name };
}

/** The way to deliver files without dragging them. */
function ChooseFiles({
  into,
  onChoose,
}: {
  into: ZonePlace | undefined;
  onChoose: (files: readonly File[]) => void;
}): ReactNode {
  const field = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={field}
        type="file"
        multiple
        hidden
        aria-label="files to deliver"
        onChange={({ target }) => {
          onChoose([...(target.files ?? [])]);
          target.value = '';
        }}
      />
      <button type="button" disabled={into === undefined} onClick={() => field.current?.click()}>
        {into === undefined ? 'Open a zone to deliver files' : `Deliver into ${into.zone}…`}
      </button>
      {into !== undefined && <span className={styles.quiet}>or drop files anywhere here</span>}
    </>
  );
}
