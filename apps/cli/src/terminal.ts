import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

export interface TerminalStreams {
  stdin: NodeJS.ReadStream;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
}

/** What a command prints and how: data on stdout, everything else on stderr. */
export class Terminal {
  readonly #streams: TerminalStreams;
  readonly #hasColour: boolean;
  #held: string[] | undefined;

  constructor(streams: TerminalStreams, { noColour }: { noColour: boolean }) {
    this.#streams = streams;
    this.#hasColour = streams.stderr.isTTY && !noColour;
  }

  get stdin(): NodeJS.ReadStream {
    return this.#streams.stdin;
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

  paint(style: Style, text: string): string {
    return this.#hasColour ? styleText(style, text) : text;
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

  /** Prints rows in columns that are as wide as their widest cell; numbers to the right. */
  table(head: readonly string[], rows: readonly (readonly (string | number | null)[])[]): void {
    const texts = rows.map((row) => row.map((cell) => (cell === null ? '' : String(cell))));
    const widths = head.map((name, i) =>
      Math.max(name.length, ...texts.map((row) => [...(row[i] ?? '')].length)),
    );
    const isNumber = head.map(
      (_, i) => rows.length > 0 && rows.every((row) => typeof row[i] === 'number'),
    );
    const format = (row: readonly string[]): string =>
      row
        .map((cell, i) => {
          const gap = ' '.repeat(Math.max(0, (widths[i] ?? 0) - [...cell].length));
          return isNumber[i] ? gap + cell : cell + gap;
        })
        .join('  ')
        .trimEnd();
    this.data(this.paint('dim', format(head)));
    for (const row of texts) this.data(format(row));
  }
}

/** A cell keeps a number, so that its column is aligned to the right. */
export function toCell(value: unknown): string | number | null {
  if (value === null || typeof value === 'number' || typeof value === 'string') return value;
  return JSON.stringify(value);
}
