import type { Statement } from '@rat/engine';

const WORD = /"((?:[^"]|"")*)"|'((?:[^']|'')*)'|[\p{L}_][\p{L}\p{N}_$]*/gu;
const DEFINED = new RegExp(
  String.raw`^\s*(?:create|alter|set)\s+(?:(?:or\s+replace|temp|temporary|unique)\s+)*` +
    String.raw`(?:table|view|macro|function|type|sequence|schema|variable|index)\s+(?:if\s+(?:not\s+)?exists\s+)?` +
    String.raw`(?:(?:"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*)\s*\.\s*)*("(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*)`,
  'iu',
);

/**
 * The objects whose columns are unknown, because an input of theirs is missing. A statement that
 * names one of them cannot be bound, and what it defines is unknown too.
 */
export class UnknownObjects {
  readonly #relations: readonly string[];
  readonly #names = new Set<string>();

  /** `relations` are the texts by which statements read the missing inputs. */
  constructor(relations: readonly string[]) {
    this.#relations = relations;
  }

  /** Whether a statement reads something unknown. */
  isUsedBy({ text }: Statement): boolean {
    if (this.#relations.some((relation) => text.includes(relation))) return true;
    if (this.#names.size === 0) return false;
    for (const match of text.matchAll(WORD)) {
      const [whole, quoted, string] = match;
      if (this.#names.has((quoted ?? string ?? whole).toLowerCase())) return true;
    }
    return false;
  }

  /** Adds what a statement defines. */
  add({ text }: Statement): void {
    const name = DEFINED.exec(text)?.[1];
    if (name !== undefined) this.#names.add(name.replace(/^"(.*)"$/, '$1').toLowerCase());
  }
}
