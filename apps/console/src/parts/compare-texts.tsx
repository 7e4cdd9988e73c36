import { MergeView } from '@codemirror/merge';
import { useEffect, useRef, type ReactNode } from 'react';
import styles from './compare-texts.module.css';
import { editorExtensions, READ_ONLY } from './editor-extensions.ts';

const nothing = (): void => undefined;

/** Two texts side by side, with what differs marked. Neither can be changed here. */
export function CompareTexts({
  left,
  right,
}: {
  left: { label: string; text: string };
  right: { label: string; text: string };
}): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const host = place.current;
    if (host === null) return undefined;
    const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
    const side = ({ label, text }: { label: string; text: string }) => ({
      doc: text,
      extensions: [
        editorExtensions({
          label,
          language: 'sql',
          onChange: nothing,
          onTry: nothing,
          onSave: nothing,
        }),
        READ_ONLY,
      ],
    });
    const view = new MergeView({
      a: side(left),
      b: side(right),
      parent: root,
      root,
      collapseUnchanged: { margin: 3, minSize: 6 },
    });
    return () => view.destroy();
  }, [left, right]);
  return <div ref={place} className={styles.texts} />;
}
