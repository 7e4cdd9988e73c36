import type { LogLine, ShownLines } from './log-lines.ts';

export interface FindWish {
  text: string;
  /** Capital letters differ from small ones. */
  isExact: boolean;
  /** The text is a regular expression. */
  isPattern: boolean;
}

/** What a wish means: a pattern for one line, nothing for an empty wish, or why it means nothing. */
export function toPattern({ text, isExact, isPattern }: FindWish): RegExp | string | undefined {
  if (text === '') return undefined;
  const source = isPattern ? text : text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  try {
    return new RegExp(source, isExact ? 'gm' : 'gim');
  } catch {
    return 'not a regular expression';
  }
}

/** The places of the shown lines that match. Lines are only added at the end, so what was found stays. */
export class FoundLines {
  readonly pattern: RegExp;
  readonly places: number[] = [];
  readonly #shown: ShownLines;
  #read = 0;

  constructor(pattern: RegExp, shown: ShownLines) {
    this.pattern = pattern;
    this.#shown = shown;
  }

  /** Searches the lines that are new. */
  read(lines: readonly LogLine[]): void {
    for (; this.#read < this.#shown.length; this.#read += 1) {
      this.pattern.lastIndex = 0;
      const line = lines[this.#shown.indexes[this.#read] ?? 0];
      if (this.pattern.test(line?.message ?? '')) this.places.push(this.#read);
    }
  }
}

/** A text in pieces, those that match marked. */
export function splitMatches(text: string, pattern: RegExp): { text: string; isMatch: boolean }[] {
  const pieces: { text: string; isMatch: boolean }[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    if (match[0] === '') continue;
    if (match.index > end) pieces.push({ text: text.slice(end, match.index), isMatch: false });
    pieces.push({ text: match[0], isMatch: true });
    end = match.index + match[0].length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end), isMatch: false });
  return pieces;
}
