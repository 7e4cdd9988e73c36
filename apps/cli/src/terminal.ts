import { styleText } from 'node:util';

const WIDTH_BY_DEFAULT = 80;

type Style = Parameters<typeof styleText>[0];

export interface TerminalStreams {
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
}

/** What a command prints and how: data on stdout, everything else on stderr. */
export class Terminal {
  readonly #streams: TerminalStreams;
  readonly #noColour: boolean;
  #held: string[] | undefined;

  constructor(streams: TerminalStreams, { noColour }: { noColour: boolean }) {
    this.#streams = streams;
    this.#noColour = noColour;
  }

  get stdin(): NodeJS.ReadStream {
    return this.#streams.stdin;
  }

  get stderr(): NodeJS.WriteStream {
    return this.#streams.stderr;
  }

  /** The columns of the notes. */
  get width(): number {
    return this.#streams.stderr.columns || WIDTH_BY_DEFAULT;
  }

  /** Whether a person can answer a question. */
  get isInteractive(): boolean {
    return this.#streams.stdin.isTTY && this.#streams.stderr.isTTY;
  }

  /** Whether a person looks at the notes, so that a line may be written over. */
  get hasProgress(): boolean {
    return this.#streams.stderr.isTTY;
  }

  data(line: string): void {
    if (this.#held !== undefined) this.#held.push(line);
    else this.#streams.stdout.write(`${line}\n`);
  }

  bytes(chunk: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#streams.stdout.write(chunk, (error) => (error ? reject(error) : resolve()));
    });
  }

  note(line: string): void {
    this.#streams.stderr.write(`${line}\n`);
  }

  /** Replaces the line of the cursor on stderr. */
  progress(text: string): void {
    if (this.hasProgress) this.#streams.stderr.write(`\r\u001b[K${text}`);
  }

  /** Colours a part of a note. */
  paint(style: Style, text: string): string {
    return this.#paintFor('stderr', style, text);
  }

  /** Colours a part of the data, which often goes into a file. */
  paintData(style: Style, text: string): string {
    return this.#paintFor('stdout', style, text);
  }

  #paintFor(name: 'stdout' | 'stderr', style: Style, text: string): string {
    const stream = this.#streams[name];
    return stream.isTTY && !this.#noColour ? styleText(style, text, { stream }) : text;
  }

  /** Keeps data back, so that it does not run through a question. */
  hold(): void {
    this.#held ??= [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const line of held) this.data(line);
  }

  /**
   * Prints rows in columns that are as wide as their widest cell; numbers to the right. A number may be a text, as a whole
   * number is that JSON cannot carry.
   */
  table(head: readonly string[], rows: readonly (readonly (string | number | null)[])[]): void {
    const texts = rows.map((row) => row.map((cell) => (cell === null ? '' : String(cell))));
    const widths = head.map((name, i) =>
      Math.max(name.length, ...texts.map((row) => [...(row[i] ?? '')].length)),
    );
    const isNumber = head.map((_, i) => {
      const filled = texts.map((row) => row[i] ?? '').filter((text) => text !== '');
      return filled.length > 0 && filled.every((text) => NUMBER.test(text));
    });
    const format = (row: readonly string[]): string =>
      row
        .map((cell, i) => {
          const gap = ' '.repeat(Math.max(0, (widths[i] ?? 0) - [...cell].length));
          return isNumber[i] ? gap + cell : cell + gap;
        })
        .join('  ')
        .trimEnd();
    this.data(this.paintData('dim', format(head)));
    for (const row of texts) this.data(format(row));
  }
}

const NUMBER = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;

export function toCell(value: unknown): string | number | null {
  if (value === null || typeof value === 'number' || typeof value === 'string') return value;
  return JSON.stringify(value);
}
