import { scrubLogText, type Failure, type FailureCode } from '@rat/domain';
import { scrubPaths } from './scrub-paths.ts';
import type { Statement } from './split-statements.ts';
import {
  caretExcerpt,
  locate,
  offsetOfBytes,
  offsetOfCodePoints,
  placeInScrubbed,
  placeInWhole,
  type Place,
} from './sql-position.ts';

/** The longest statement a failure carries, in characters. */
const STATEMENT_MAX_LENGTH = 2_000;
const MESSAGE_MAX_LENGTH = 4_000;

/** The schemas that we keep tables in: authors know their tables without them. */
const OWN_SCHEMA = /(?:\bmemory\.)?\brat_(?:inputs|tested)\./g;

/** What the driver says of a type that it cannot read. */
const UNREADABLE_TYPE = /^Unexpected type id/;

/** What DuckDB says with `errors_as_json`. */
interface DuckDbError {
  type: string;
  message: string;
  /** The place in the executed text; undefined when DuckDB knows none. */
  position: { count: number; unit: 'bytes' | 'code points' } | undefined;
}

/**
 * Turns what DuckDB threw into a failure that an author can act on. `wrapper` is the text that was put before the
 * statement when it was executed. The message has no path, and no advice about settings that authors cannot change.
 */
export function translateError(error: unknown, statement?: Statement, wrapper = ''): Failure {
  const parsed = parseDuckDbError(error);
  const code = codeOf(parsed);
  const heading = scrubPaths(describe(parsed, code)).slice(0, MESSAGE_MAX_LENGTH);
  if (!statement) return { code, message: heading };
  const place = placeOf(parsed, statement, wrapper);
  return { code, ...atPlace(heading, statement, place) };
}

/** A failure by our own rule, by default placed at the beginning of the statement. */
export function refuseStatement(
  message: string,
  statement: Statement,
  place: Place = { line: 1, column: 1 },
): Failure {
  return { code: 'sql_error', ...atPlace(message, statement, place) };
}

function atPlace(
  message: string,
  statement: Statement,
  place: Place | undefined,
): Omit<Failure, 'code'> {
  // Before anything is cut: half a secret is not known for one.
  const clean = scrubLogText(statement.text);
  const text = clean.slice(0, STATEMENT_MAX_LENGTH);
  if (!place) return { message, statement: text };
  const whole = placeInWhole(place, statement);
  const shown = placeInScrubbed(place, statement.text, clean);
  const excerpt = caretExcerpt(clean, shown, whole.line);
  return { message: `${message}\n\n${excerpt}`, statement: text, ...whole };
}

function parseDuckDbError(error: unknown): DuckDbError {
  const hasMessage = typeof error === 'object' && error !== null && 'message' in error;
  const text = String(hasMessage ? error.message : error);
  const at = text.indexOf('{');
  const fields = at < 0 ? undefined : parseObject(text.slice(at));
  if (!fields) {
    const plain = /^(?:.*: )?(\w[\w ]*) Error: ([\s\S]*)$/.exec(text);
    return { type: plain?.[1] ?? '', message: plain?.[2] ?? text, position: undefined };
  }
  const count = Number(fields['position']);
  // The parser, alone to put its name before the JSON, counts code points; the binder counts bytes.
  const unit = text.slice(0, at).endsWith('Parser Error: ') ? 'code points' : 'bytes';
  return {
    type: textOf(fields['exception_type']),
    message: textOf(fields['exception_message']),
    position: Number.isInteger(count) ? { count, unit } : undefined,
  };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function textOf(field: unknown): string {
  return typeof field === 'string' ? field : '';
}

function codeOf({ type, message }: DuckDbError): FailureCode {
  if (type === 'Out of Memory') {
    return message.includes('max_temp_directory_size') ? 'disk_full' : 'out_of_memory';
  }
  if (/no space left on device/i.test(message)) return 'disk_full';
  if (type === 'IO') {
    // An empty landing zone is the author's; a file that was there when the inputs were pinned is the world's.
    return message.includes('needs at least one file') ? 'source_not_found' : 'storage_unavailable';
  }
  if (UNREADABLE_TYPE.test(message)) return 'sql_error';
  if (type === '' || type === 'INTERNAL' || type === 'FATAL') return 'internal';
  return 'sql_error';
}

function describe({ type, message }: DuckDbError, code: FailureCode): string {
  const [whole = ''] = message.split('\n\nPossible solutions:', 1);
  const first = whole.replace(OWN_SCHEMA, '');
  switch (code) {
    case 'out_of_memory':
      return `the run needs more memory than it may use: ${first}`;
    case 'disk_full':
      return 'the run needs more temporary disk space than it may use';
    case 'source_not_found':
      return `an input has no files: ${first}`;
    default:
      if (UNREADABLE_TYPE.test(first))
        return 'a column has a type without values, like TYPE; cast it';
      return type === '' ? first : `${type} Error: ${first}`;
  }
}

function placeOf(error: DuckDbError, statement: Statement, wrapper: string): Place | undefined {
  if (!error.position) return undefined;
  const { count, unit } = error.position;
  const inner = count - (unit === 'bytes' ? Buffer.byteLength(wrapper) : [...wrapper].length);
  const toOffset = unit === 'bytes' ? offsetOfBytes : offsetOfCodePoints;
  // A position within what was put around the statement is not the author's.
  if (inner < 0 || inner > Buffer.byteLength(statement.text)) return undefined;
  return locate(statement.text, toOffset(statement.text, inner));
}
