/** One event of an event stream. */
export interface StreamFrame {
  /** The last id that the server sent; '' while it sent none. */
  id: string;
  event: string;
  data: string;
}

/** What `readFrames` reports beside the frames. */
export interface FrameListener {
  /** Bytes arrived, also those of a heartbeat. */
  onBytes: () => void;
  /** The server wants clients to wait that long before they connect again. */
  onRetry: (ms: number) => void;
}

/**
 * The events of a response by the HTML standard, as many at a time as have arrived: one field a line, one event at each
 * empty line. An event that breaks off is none, and its id does not count.
 *
 * A log has 100,000 events. A step of an async generator for each of them takes longer than to read them.
 */
export async function* readFrames(
  body: ReadableStream<Uint8Array>,
  { onBytes, onRetry }: FrameListener,
): AsyncGenerator<StreamFrame[]> {
  let id = '';
  let event = '';
  let data: string[] = [];
  for await (const lines of readLines(body, onBytes)) {
    const frames: StreamFrame[] = [];
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) frames.push({ id, event: event || 'message', data: data.join('\n') });
        event = '';
        data = [];
        continue;
      }
      const { field, value } = splitField(line);
      if (field === 'id') id = value;
      else if (field === 'event') event = value;
      else if (field === 'data') data.push(value);
      else if (field === 'retry' && /^\d+$/.test(value)) onRetry(Number(value));
    }
    if (frames.length > 0) yield frames;
  }
}

/** `data: text` → its two parts. One space after the colon is no part of the value. */
function splitField(line: string): { field: string; value: string } {
  const colon = line.indexOf(':');
  if (colon === -1) return { field: line, value: '' };
  const from = line[colon + 1] === ' ' ? colon + 2 : colon + 1;
  return { field: line.slice(0, colon), value: line.slice(from) };
}

async function* readLines(
  body: ReadableStream<Uint8Array>,
  onBytes: () => void,
): AsyncGenerator<string[]> {
  // Not every browser can iterate over a stream.
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onBytes();
      // A CR at the end may be the first half of a CRLF.
      const lines = (rest + decoder.decode(value, { stream: true })).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? '';
      yield lines;
    }
  } finally {
    // Closes the connection when the caller leaves its loop early.
    await reader.cancel().catch(() => undefined);
  }
}
