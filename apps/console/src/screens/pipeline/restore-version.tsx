import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { queries, rat } from '../../client.ts';
import { Problem } from '../../parts/problem.tsx';
import { keyOf, type Place, type TaggedPipeline } from './pipeline-place.ts';
import styles from './restore-version.module.css';
import { VersionDiff } from './version-diff.tsx';

/** What a restore would change, and the consent to it. It is refused when the pipeline has changed in between. */
export function RestoreVersion({
  place,
  version,
  tagged,
  onClose,
}: {
  place: Place;
  version: number;
  tagged: TaggedPipeline;
  onClose: () => void;
}): ReactNode {
  const [reason, setReason] = useState('');
  const { pipeline, etag } = tagged;
  const restore = useMutation({
    mutationFn: () =>
      rat.versions.restore(
        { ...place, version },
        { message: reason === '' ? `restores v${version}` : reason },
        { headers: { 'if-match': etag } },
      ),
    onSuccess: () => {
      onClose();
      return queries.invalidateQueries({ queryKey: keyOf(place) });
    },
  });
  return (
    <section className={styles.plan} aria-label={`restore of version ${version}`}>
      <h2>Restore v{version}</h2>
      <p>
        Its content becomes a new version after v{pipeline.version}, and the next run uses it. The
        table stays as it is until then.
      </p>
      <VersionDiff place={place} from={pipeline.version} to={version} />
      {restore.isError && <Problem title="Nothing was restored" error={restore.error} />}
      <form
        className={styles.consent}
        onSubmit={(event) => {
          event.preventDefault();
          if (!restore.isPending) restore.mutate();
        }}
      >
        <input
          aria-label="why"
          placeholder="Why (optional)"
          maxLength={500}
          value={reason}
          onChange={({ target }) => setReason(target.value)}
        />
        <button type="submit" aria-disabled={restore.isPending}>
          Restore v{version}
        </button>
        <button type="button" onClick={onClose}>
          Keep v{pipeline.version}
        </button>
      </form>
    </section>
  );
}
