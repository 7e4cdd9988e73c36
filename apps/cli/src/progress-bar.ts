import { formatBytes, formatDuration } from './format.ts';

const BAR_WIDTH = 24;
/** The speed is that of the last seconds: a network is not even. */
const SPEED_MS = 5_000;

/** The progress of a transfer in one line: bar, bytes, speed and the time that is left. */
export class ProgressBar {
  readonly #name: string;
  readonly #size: number;
  readonly #now: () => number;
  /** Bytes at a time, oldest first. */
  readonly #marks: { at: number; bytes: number }[];

  constructor(name: string, size: number, now = () => performance.now()) {
    this.#name = name;
    this.#size = size;
    this.#now = now;
    this.#marks = [{ at: now(), bytes: 0 }];
  }

  /** A line of at most `width` columns; of the name there is as much as has room. */
  draw(bytes: number, width: number): string {
    const speed = this.#measure(bytes);
    const share = this.#size === 0 ? 1 : bytes / this.#size;
    const filled = Math.floor(share * BAR_WIDTH);
    const left =
      share >= 1
        ? 'the server stores it'
        : speed === 0
          ? 'waiting'
          : `${formatDuration(Math.ceil((this.#size - bytes) / speed) * 1000)} left`;
    const line = [
      '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled),
      `${String(Math.floor(share * 100)).padStart(3)} %`,
      `${formatBytes(bytes)} of ${formatBytes(this.#size)}`,
      ...(speed === 0 ? [] : [`${formatBytes(Math.round(speed))}/s`]),
      left,
    ].join('  ');
    const room = width - line.length - 3;
    const name =
      this.#name.length > room ? `${this.#name.slice(0, Math.max(0, room - 1))}…` : this.#name;
    return room < 4 ? line.slice(0, width - 1) : `${name}  ${line}`;
  }

  /** Bytes a second. */
  #measure(bytes: number): number {
    const at = this.#now();
    this.#marks.push({ at, bytes });
    while (this.#marks.length > 2 && at - (this.#marks[1]?.at ?? at) >= SPEED_MS)
      this.#marks.shift();
    const first = this.#marks[0] ?? { at, bytes };
    return at === first.at ? 0 : ((bytes - first.bytes) * 1000) / (at - first.at);
  }
}
