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
 * The events of a response by the HTML standard: one field a line, one event at each empty line. An event that breaks off
 * is none, and its id does not count.
 */
export async function* readFrames(
  body: ReadableStream<Uint8Array>,
  { onBytes, onRetry }: FrameListener,
): AsyncGenerator<StreamFrame> {
  let id = '';
  let event = '';
  let data: string[] = [];
  for await (const line of readLines(body, onBytes)) {
    if (line === '') {
      if (data.length > 0) yield { id, event: event || 'message', data: data.join('\n') };
      event = '';
      data = [];
      continue;
    }
    const [, field, value = ''] = /^([^:]*)(?:: ?([^]*))?$/.exec(line) ?? [];
    if (field === 'id') id = value;
    else if (field === 'event') event = value;
    else if (field === 'data') data.push(value);
    else if (field === 'retry' && /^\d+$/.test(value)) onRetry(Number(value));
  }
}

async function* readLines(
  body: ReadableStream<Uint8Array>,
  onBytes: () => void,
): AsyncGenerator<string> {
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
      yield* lines;
    }
  } finally {
    // Closes the connection when the caller leaves its loop early.
    await reader.cancel().catch(() => undefined);
  }
}
