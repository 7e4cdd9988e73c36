import { formatBytes, formatDuration } from './format.ts';

const BAR_WIDTH = 24;
/** A narrower bar tells nothing. */
const BAR_MIN = 5;
const GAP = '  ';
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

  /** A line of less than `width` columns: the bar is as wide as the words leave room for. */
  draw(bytes: number, width: number): string {
    const speed = this.#measure(bytes);
    const share = this.#size === 0 ? 1 : bytes / this.#size;
    const words = [
      `${Math.floor(share * 100)} %`.padStart(5),
      `${formatBytes(bytes)} of ${formatBytes(this.#size)}`,
      ...(speed === 0 ? [] : [`${formatBytes(Math.round(speed))}/s`]),
      this.#formatRest(bytes, speed),
    ].join(GAP);
    const name = shorten(this.#name, Math.max(0, width - words.length - GAP.length - 1));
    const room = width - 1 - name.length - words.length - 2 * GAP.length;
    const barWidth = Math.min(BAR_WIDTH, room);
    const filled = Math.floor(share * barWidth);
    const bar = barWidth < BAR_MIN ? [] : ['█'.repeat(filled) + '░'.repeat(barWidth - filled)];
    return [name, ...bar, words].join(GAP).slice(0, width - 1);
  }

  #formatRest(bytes: number, speed: number): string {
    // The server stores the file after its last byte.
    if (bytes >= this.#size) return 'storing';
    if (speed === 0) return 'waiting';
    return `${formatDuration(Math.ceil((this.#size - bytes) / speed) * 1000)} left`;
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

function shorten(name: string, width: number): string {
  return name.length > width ? `${name.slice(0, Math.max(0, width - 1))}…` : name;
}
