import { openEventStream, type EventStream, type StreamEvent } from '@rat/testing';

type StreamOptions = Parameters<typeof openEventStream>[1];

/** Reads event streams of one API, and closes every stream that it opened. */
export class LogReader {
  readonly #base: string;
  readonly #open = new Set<EventStream>();

  constructor(base: string) {
    this.#base = base;
  }

  url(runId: string, query = ''): string {
    return `${this.#base}/api/v1/runs/${runId}/logs${query}`;
  }

  async connect(
    runId: string,
    options: StreamOptions & { query?: string } = {},
  ): Promise<EventStream> {
    return this.open(this.url(runId, options.query), options);
  }

  /** The stream at `url`, which may be any event stream. */
  async open(url: string, options?: StreamOptions): Promise<EventStream> {
    const stream = await openEventStream(url, options);
    this.#open.add(stream);
    return stream;
  }

  /** Reads every event until the server ends the stream. */
  async collect(
    runId: string,
    options: StreamOptions & { query?: string } = {},
  ): Promise<StreamEvent[]> {
    const events: StreamEvent[] = [];
    for await (const event of await this.connect(runId, options)) events.push(event);
    return events;
  }

  closeAll(): void {
    for (const stream of this.#open) stream.close();
    this.#open.clear();
  }
}

/** Reads until an event's data contains `text`, and keeps the connection. */
export async function readUntil(
  iterator: AsyncIterator<StreamEvent>,
  text: string,
): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  for (;;) {
    const next = await iterator.next();
    if (next.done === true) throw new Error('the stream ended');
    events.push(next.value);
    if (next.value.data.includes(text)) return events;
  }
}
