import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { LOG_LIMIT_MAX, type RunLogsQuery } from '@rat/contracts';
import type { Run } from '@rat/domain';
import { prependFirst } from '@rat/runtime';
import type { RunEvent } from '@rat/store';
import type { Response } from 'express';
import type { LogSource } from './read-run-stream.ts';
import { isClientGone } from '../http/client-gone.ts';
import { beginStream } from '../http/compress-answers.ts';
import { watchReading } from '../http/read-deadline.ts';
import { isWanted } from './log-filter.ts';
import { readLogLines } from './read-log-lines.ts';
import { readLogTail } from './read-log-tail.ts';
import { inSlices } from './in-slices.ts';
import { canonicalLine } from './log-digest.ts';

/** The format of a log that is not an event stream. */
export type LogFormat = 'json' | 'ndjson' | 'text';

type Pages = AsyncIterable<RunEvent[]>;

/**
 * Sends the log lines that match `query`, page by page, at the client's pace, or the last ones as
 * one page. It stops at the end
 * that the stream had when `run` was read: a response with the status `success` has all lines of
 * its run.
 */
export async function sendLogs(
  deps: LogSource,
  request: { run: Run; query: RunLogsQuery & { afterSeq: number }; format: LogFormat },
  res: Response,
): Promise<void> {
  const { run, format, query } = request;
  if (query.tail !== undefined) {
    const { lines, hasEarlier } = await readLogTail(deps, {
      runId: run.id,
      afterSeq: query.afterSeq,
      beforeSeq: endOf(run, query) + 1,
      tail: query.tail,
      filter: query,
    });
    const pages = inSlices(oneOf(lines));
    const cut = { limit: undefined, nextBefore: hasEarlier ? lines[0]?.seq : undefined };
    await send(WRITERS[format](pages, run, cut), { run, format }, res);
    return;
  }
  // A client parses JSON as a whole, so its size is limited. The other formats are read as streams.
  const limit = request.query.limit ?? (format === 'json' ? LOG_LIMIT_MAX : undefined);
  const pages = wanted(deps, run, { ...request.query, limit });
  // Read the first page before the response begins: an error still gets its own status until then.
  const first = await pages.next();
  const all = inSlices(prependFirst(first, pages));
  try {
    await send(WRITERS[format](all, run, { limit, nextBefore: undefined }), { run, format }, res);
  } finally {
    // When the client disconnects before the first byte, the writer never starts and cannot close
    // the pages.
    await pages.return();
  }
}

async function send(
  text: AsyncGenerator<string>,
  { run, format }: { run: Run; format: LogFormat },
  res: Response,
): Promise<void> {
  res.type(TYPES[format]);
  if (format === 'text') res.attachment(`run-${run.id}.log`).type(TYPES.text);
  watchReading(res);
  beginStream(res);
  try {
    await pipeline(Readable.from(text), res);
  } catch (error) {
    if (!isClientGone(error)) throw error;
  }
}

/** The seq of the last row that an answer may have. */
function endOf(run: Run, { before }: RunLogsQuery): number {
  return before === undefined ? run.lastSeq : Math.min(run.lastSeq, before - 1);
}

async function* oneOf(lines: RunEvent[]): AsyncGenerator<RunEvent[], void> {
  if (lines.length > 0) yield lines;
}

/** What an answer leaves out, and where to go on. */
interface Cut {
  limit: number | undefined;
  /** For a tail that further lines precede. */
  nextBefore: number | undefined;
}

const TYPES: Record<LogFormat, string> = {
  json: 'application/json; charset=utf-8',
  ndjson: 'application/x-ndjson; charset=utf-8',
  text: 'text/plain; charset=utf-8',
};

const WRITERS: Record<LogFormat, (pages: Pages, run: Run, cut: Cut) => AsyncGenerator<string>> = {
  json: writeJson,
  ndjson: writeNdjson,
  text: writeText,
};

/** The matching lines. With a limit, one further line shows that there are more. */
async function* wanted(
  deps: LogSource,
  run: Run,
  query: RunLogsQuery & { afterSeq: number },
): AsyncGenerator<RunEvent[], void> {
  let room = query.limit === undefined ? Infinity : query.limit + 1;
  const range = { runId: run.id, afterSeq: query.afterSeq, lastSeq: endOf(run, query) };
  for await (const page of readLogLines(deps, range)) {
    const lines = page.filter((line) => isWanted(line, query)).slice(0, room);
    room -= lines.length;
    yield lines;
    if (room === 0) return;
  }
}

/**
 * Writes `{"logs": […], "status": …}`; a truncated response also has `next_after` or, for a tail,
 * `next_before`: the place to resume.
 */
async function* writeJson(
  pages: Pages,
  run: Run,
  { limit, nextBefore }: Cut,
): AsyncGenerator<string> {
  let count = 0;
  let lastSeq = 0;
  let nextAfter: number | undefined;
  yield '{"logs":[';
  for await (const page of pages) {
    const lines = page.slice(0, limit === undefined ? undefined : limit - count);
    if (lines.length > 0) yield (count > 0 ? ',' : '') + lines.map(canonicalLine).join(',');
    count += lines.length;
    lastSeq = lines.at(-1)?.seq ?? lastSeq;
    if (lines.length < page.length) nextAfter = lastSeq;
  }
  const next = nextAfter === undefined ? '' : `,"next_after":${nextAfter}`;
  const back = nextBefore === undefined ? '' : `,"next_before":${nextBefore}`;
  yield `],"status":${JSON.stringify(run.status)}${next}${back}}`;
}

async function* writeNdjson(pages: Pages, _run: Run, { limit }: Cut): AsyncGenerator<string> {
  for await (const page of upTo(pages, limit)) {
    yield page.map((line) => `${canonicalLine(line)}\n`).join('');
  }
}

async function* writeText(pages: Pages, run: Run, { limit }: Cut): AsyncGenerator<string> {
  let attempt = 0;
  yield `# run ${run.id} of ${run.namespace}.${run.layer}.${run.pipeline}: ${run.status}\n`;
  for await (const page of upTo(pages, limit)) {
    let text = '';
    for (const line of page) {
      if (line.attempt !== attempt) text += `# attempt ${line.attempt}\n`;
      ({ attempt } = line);
      const phase = (line.phase ?? '').padEnd(7);
      const level = (line.level ?? 'info').toUpperCase().padEnd(5);
      text += `${line.at.toISOString()} ${level} ${phase} ${indented(line.message ?? '')}\n`;
    }
    yield text;
  }
}

/**
 * Line breaks of Unicode. ASCII separators, at which Python also splits, are escaped as
 * unprintable.
 */
const LINE_BREAK = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/g;

/** Characters that move a terminal's cursor or change the direction of text. */
const UNPRINTABLE = /(?![\n\t])[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * The text of a message in a text log. Further lines are indented, so that no message can imitate a
 * log line.
 */
function indented(message: string): string {
  return message.replaceAll(LINE_BREAK, '\n    ').replaceAll(UNPRINTABLE, (character) => {
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
  });
}

async function* upTo(pages: Pages, limit: number | undefined): AsyncGenerator<RunEvent[], void> {
  let room = limit ?? Infinity;
  for await (const page of pages) {
    const lines = page.slice(0, room);
    room -= lines.length;
    if (lines.length > 0) yield lines;
  }
}
