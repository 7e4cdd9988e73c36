import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState, type ReactNode } from 'react';
import { LAYER_NAMES, type LayerName, type PipelinesUrl } from '../../url/pipelines-url.ts';
import styles from './pipeline-filter.module.css';

/** A person who types pauses longer between two words. */
const TYPING_MS = 200;

/** What the list is narrowed by. The address has it, so a link shows the same list. */
export function PipelineFilter({ url }: { url: PipelinesUrl }): ReactNode {
  const navigate = useNavigate({ from: '/pipelines' });
  const [typed, setTyped] = useState(url.q ?? '');
  const [known, setKnown] = useState(url.q);
  // Back, or "Clear", has changed the address.
  if (known !== url.q) {
    setKnown(url.q);
    setTyped(url.q ?? '');
  }
  useEffect(() => {
    const q = typed.trim() === '' ? undefined : typed.trim();
    if (q === known) return undefined;
    const timer = setTimeout(() => {
      setKnown(q);
      void navigate({ search: (before) => ({ ...before, q, offset: undefined }), replace: true });
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, known, navigate]);
  const choose = (layer: LayerName | undefined): void => {
    void navigate({ search: (before) => ({ ...before, layer, offset: undefined }) });
  };
  return (
    <search className={styles.filter}>
      <input
        type="search"
        aria-label="search pipelines"
        placeholder="Name or description"
        className={styles.text}
        value={typed}
        onChange={({ target }) => setTyped(target.value)}
      />
      <select
        aria-label="layer"
        value={url.layer ?? ''}
        onChange={({ target }) => choose(LAYER_NAMES.find((name) => name === target.value))}
      >
        <option value="">all layers</option>
        {LAYER_NAMES.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </search>
  );
}
