import type { ReactNode } from 'react';
import { Time } from '../time.tsx';
import type { LineageBox, LineageFlow } from './lineage-boxes.ts';

/** What a box is. A table stands alone only when no pipeline writes it. */
export function kindOfBox({ kind, isMissing }: LineageBox): string {
  if (kind === 'landing') return 'landing zone';
  if (kind === 'pipeline') return 'pipeline';
  return isMissing ? 'no such table' : 'outside table';
}

/** Whether the box has the data of the tables above it. Nothing for what no pipeline writes. */
export function Freshness({ box }: { box: LineageBox }): ReactNode {
  if (box.kind !== 'pipeline') return null;
  if (box.staleSince !== null)
    return (
      <>
        stale since <Time at={box.staleSince} />
      </>
    );
  return box.isMissing ? 'no table yet' : 'up to date';
}

/** What is special about a flow; undefined for one that the version names and the newest success has read. */
export function wordsOfFlow({ kind, declared, observed }: LineageFlow): string | undefined {
  if (kind === 'test') return 'only a test';
  if (declared && !observed) return 'not read yet';
  if (!declared) return 'earlier version';
  return undefined;
}
