import { keptAs } from '../../parts/kept-for-person.ts';
import type { Files } from './pipeline-files.ts';

/** Texts that a person has not saved, and the version that they began from. */
export interface Unsaved {
  version: number;
  /** The tag of that version, for the write. */
  etag: string;
  files: Files;
  /** When the newest change was made; absent in what earlier consoles have kept. */
  changedAt?: string | undefined;
}

function storedAs(address: string): string {
  return keptAs(`rat.unsaved.${address}`);
}

/** What this browser keeps of a pipeline; undefined when there is nothing, or nothing that can be read. */
export function readUnsaved(address: string): Unsaved | undefined {
  try {
    const text = localStorage.getItem(storedAs(address));
    const kept = text === null ? undefined : (JSON.parse(text) as Partial<Unsaved>);
    return typeof kept?.version === 'number' &&
      typeof kept.etag === 'string' &&
      typeof kept.files === 'object'
      ? {
          version: kept.version,
          etag: kept.etag,
          files: kept.files,
          changedAt: typeof kept.changedAt === 'string' ? kept.changedAt : undefined,
        }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps texts over a reload. A browser without storage, or whose storage is full, keeps them with the page alone. */
export function keepUnsaved(address: string, unsaved: Unsaved | undefined): void {
  try {
    if (unsaved === undefined) localStorage.removeItem(storedAs(address));
    else localStorage.setItem(storedAs(address), JSON.stringify(unsaved));
  } catch {
    // The page still has them.
  }
}
