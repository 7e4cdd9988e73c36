/** One event of a server-sent event stream. */
export interface StreamEvent {
  /** The last id that the server sent, with which a client reconnects; '' when there is none. */
  id: string;
  event: string;
  data: string;
}

/** An open stream: iterate over it to read its events; leaving the loop closes it. */
export interface EventStream extends AsyncIterable<StreamEvent> {
  status: number;
  headers: Headers;
  /** The number of comment lines (heartbeats) that arrived. */
  comments: () => number;
  close: () => void;
}

/**
 * Connects as EventSource does, but resolves for every response status, so that a test can assert a
 * refusal. The iteration ends when the server ends the stream or `close` is called.
 */
export async function openEventStream(
  url: string,
  options: { lastEventId?: string; signal?: AbortSignal; headers?: Record<string, string> } = {},
): Promise<EventStream> {
  const closing = new AbortController();
  const signals = [closing.signal, ...(options.signal === undefined ? [] : [options.signal])];
  const lastEventId = options.lastEventId;
  const response = await fetch(url, {
    signal: AbortSignal.any(signals),
    headers: {
      accept: 'text/event-stream',
      ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      ...options.headers,
    },
  });
  let comments = 0;
  return {
    status: response.status,
    headers: response.headers,
    comments: () => comments,
    close: () => closing.abort(),
    async *[Symbol.asyncIterator]() {
      try {
        yield* parse(response, () => (comments += 1));
      } catch (error) {
        if (!closing.signal.aborted && options.signal?.aborted !== true) throw error;
      } finally {
        closing.abort();
      }
    },
  };
}

/** Parses the framing of the HTML standard: one field a line, one event at each empty line. */
async function* parse(response: Response, onComment: () => void): AsyncGenerator<StreamEvent> {
  let id = '';
  let event = '';
  let data: string[] = [];
  for await (const line of lines(response)) {
    if (line === '') {
      if (data.length > 0)
        yield { id, event: event === '' ? 'message' : event, data: data.join('\n') };
      event = '';
      data = [];
      continue;
    }
    if (line.startsWith(':')) {
      onComment();
      continue;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'id') id = value;
    else if (field === 'event') event = value;
    else if (field === 'data') data.push(value);
  }
}

async function* lines(response: Response): AsyncGenerator<string> {
  if (response.body === null) return;
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body) {
    rest += decoder.decode(chunk, { stream: true });
    const complete = rest.split(/\r\n|\n|\r(?!$)/);
    rest = complete.pop() ?? '';
    yield* complete;
  }
}
