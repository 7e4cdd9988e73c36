import { scrubLogText, type Failure, type FailureCode } from '@rat/domain';
import { scrubPaths } from '@rat/domain';
import { writtenText, type SessionInputs, type Statement } from '@rat/engine';
import { authorsNameAt, authorsSql, placeInAuthorsSql, showAuthorsNames } from './own-names.ts';
import { placeInWritten } from './quote-namespaces.ts';
import {
  caretExcerpt,
  locate,
  offsetOfBytes,
  offsetOfCodePoints,
  placeInScrubbed,
  placeInWhole,
  type Place,
} from './sql-position.ts';

/** The longest statement in a failure, in characters. */
const STATEMENT_MAX_LENGTH = 2_000;
const MESSAGE_MAX_LENGTH = 4_000;

/** The Node client's message for a type that it cannot read. */
const UNREADABLE_TYPE = /^Unexpected type id/;

/**
 * The Node client's message for an error whose text is not UTF-8: a syntax error at a character beyond
 * ASCII quotes the first byte of it, and other errors may quote a part of a value.
 */
const UNREADABLE_TEXT = 'Error in native callback';

/** DuckDB's error with `errors_as_json`. */
interface DuckDbError {
  type: string;
  message: string;
  /** The position in the executed text; undefined when DuckDB gives none. */
  position: { count: number; unit: 'bytes' | 'code points' } | undefined;
}

/**
 * Translates an error of DuckDB to a failure that an author can act on. `wrapper` is the text
 * before the statement in the executed SQL. The message contains no path of this machine, and no
 * advice about settings that authors cannot change. `inputs` distinguish delivered files from files
 * of tables: a broken delivered file is the sender's fault, a broken table file means an outage.
 */
export function translateError(
  error: unknown,
  statement?: Statement,
  wrapper = '',
  inputs: SessionInputs = NO_INPUTS,
): Failure {
  const thrown = parseDuckDbError(error);
  const offset = statement && offsetOf(thrown, statement, wrapper);
  const parsed = withWholeName(thrown, statement, offset);
  const code = codeOf(parsed, inputs);
  const text = describe(parsed, code) + namesOfDelivered(parsed, inputs);
  const heading = scrubPaths(text).slice(0, MESSAGE_MAX_LENGTH);
  if (!statement) return { code, message: heading };
  const place = offset === undefined ? undefined : locate(statement.text, offset);
  // A statement that breaks an assertion of the engine does so again, or it was an accident.
  const crash = code === 'internal' && parsed.type !== '' ? { crash: 'internal error' } : {};
  return { code, ...atPlace(heading, statement, place), ...crash };
}

/** Builds the failure of a refused statement, by default at the statement's beginning. */
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
  executed: Place | undefined,
): Omit<Failure, 'code'> {
  const written = writtenText(statement);
  // Scrub before cutting: half a secret is not recognised as one.
  const clean = scrubLogText(written);
  const cut = (sql: string): string => sql.slice(0, STATEMENT_MAX_LENGTH);
  if (!executed) return { message, statement: cut(authorsSql(clean)) };
  const place = placeInWritten(statement, executed);
  const whole = placeInWhole(place, statement);
  const shown = placeInScrubbed(place, written, clean);
  const { sql, place: within } = placeInAuthorsSql(clean, shown);
  const excerpt = caretExcerpt(sql, within, whole.line);
  return { message: `${message}\n\n${excerpt}`, statement: cut(sql), ...whole, within };
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
  // Only the parser puts its name before the JSON. It counts code points; the binder counts bytes.
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

/**
 * Messages of C++ and Node for failed allocations that DuckDB does not count. The last is the Node
 * client's own, for an error without a text: DuckDB gives each error one, unless it has no memory
 * left to write it.
 */
const NO_MEMORY =
  /bad_alloc|allocation fail|failed to allocate|cannot allocate memory|^Failed to [a-z ]+$/i;

function codeOf({ type, message }: DuckDbError, inputs: SessionInputs): FailureCode {
  if (type === 'Out of Memory') {
    return message.includes('max_temp_directory_size') ? 'disk_full' : 'out_of_memory';
  }
  if (/no space left on device/i.test(message)) return 'disk_full';
  if (READS_FILES.test(type) && namesTableFile(message, inputs)) return 'storage_unavailable';
  if (type === 'IO') return codeOfIo(message, inputs);
  if (UNREADABLE_TYPE.test(message) || message === UNREADABLE_TEXT) return 'sql_error';
  if (type === '' || type === 'INTERNAL' || type === 'FATAL') {
    return NO_MEMORY.test(message) ? 'out_of_memory' : 'internal';
  }
  return 'sql_error';
}

/** The system's messages about a file that it cannot open, read or write. */
const OUTAGE =
  /input\/output error|permission denied|operation not permitted|stale (?:nfs )?file handle|too many open files|read-only file system|timed out|transport endpoint|device|quota exceeded|structure needs cleaning|resource temporarily unavailable/i;

/** Kinds of errors that a file's content can cause. */
const READS_FILES = /^(?:IO|Invalid Input|Invalid|Serialization)$/;

/** Kinds of errors that may lack the name of the file. */
const MAY_LACK_NAME = /^(?:IO|Invalid|Serialization)$/;

const NAMES_SHOWN = 3;

const NO_INPUTS: SessionInputs = { tables: {}, fileLists: {} };

function codeOfIo(message: string, inputs: SessionInputs): FailureCode {
  if (message.includes('needs at least one file')) return 'source_not_found';
  const delivered = deliveredFiles(inputs);
  // A file's own name must not be taken for a message of the system.
  const systemText = delivered.reduce((text, file) => text.replaceAll(file, ''), message);
  if (delivered.length === 0 || OUTAGE.test(systemText)) return 'storage_unavailable';
  // Delivered files are in the run's own folder, so a missing one never existed.
  return /^No files found|no such file/i.test(message) ? 'source_not_found' : 'sql_error';
}

function namesTableFile(message: string, { tables, files = [] }: SessionInputs): boolean {
  const ofTables = Object.values(tables).flatMap((table) => table.files);
  return [...ofTables, ...files].some((file) => message.includes(file));
}

function deliveredFiles({ fileLists }: SessionInputs): string[] {
  return Object.values(fileLists).flat();
}

/** Lists the files that an error without a file name may be about. */
function namesOfDelivered({ type, message }: DuckDbError, inputs: SessionInputs): string {
  const files = deliveredFiles(inputs);
  if (!MAY_LACK_NAME.test(type) || files.length === 0) return '';
  if (namesTableFile(message, inputs) || files.some((file) => message.includes(file))) return '';
  const shown = files.slice(0, NAMES_SHOWN).join(', ');
  const more = files.length > NAMES_SHOWN ? ` and ${files.length - NAMES_SHOWN} more` : '';
  return ` (the delivered files are ${shown}${more})`;
}

/**
 * Recognises sentences of advice about things authors cannot change, and lines that are such a
 * statement.
 */
const ADVISES =
  /^\W*(?:please|use|try|consider|run|you can|set|increase|enable|install|to \w+|this can)\b/i;
const OUT_OF_REACH =
  /\b(?:SET|RESET|PRAGMA|INSTALL|LOAD|ATTACH)\s+\w|\bCREATE SECRET\b|\b(?:extension|setting|configuration|config option)\b/;
const STATEMENT = /^\s*(?:SET|RESET|PRAGMA|INSTALL|LOAD|ATTACH)\s[^;]*;\s*$/;

/** Removes the sentences that advise a setting or an extension. */
function withoutAdvice(message: string): string {
  const lines = message.split('\n').flatMap((line) => {
    const sentences = line.split(/(?<=[.!?]["')]?)\s+(?=["'(]?[A-Z])/);
    const kept = sentences.filter((sentence) => {
      return !(ADVISES.test(sentence) && OUT_OF_REACH.test(sentence)) && !STATEMENT.test(sentence);
    });
    if (kept.length === sentences.length) return [line];
    return kept.length === 0 ? [] : [kept.join(' ')];
  });
  return lines.join('\n').trimEnd();
}

function describe({ type, message }: DuckDbError, code: FailureCode): string {
  const [summary = ''] = message.split(/\n+(?:Possible solutions|Stack Trace):/, 1);
  const first = withoutAdvice(showAuthorsNames(summary));
  switch (code) {
    case 'out_of_memory':
      return `the run needs more memory than it may use: ${first}`;
    case 'disk_full':
      return 'the run needs more temporary disk space than it may use';
    case 'source_not_found':
      return `an input has no files: ${first}`;
    case 'sql_error':
      if (UNREADABLE_TYPE.test(first)) {
        return 'a column has a type without values, like TYPE; cast it';
      }
      if (message === UNREADABLE_TEXT)
        return 'a mistake, probably at a character beyond ASCII: the text of its error cannot be read';
      if (type === 'IO') return `a delivered file is not what it is read as: ${first}`;
      return `${type} Error: ${first}`;
    default:
      return type === '' ? first : `${type} Error: ${first}`;
  }
}

/** Where in the statement's text the error is; undefined for an error without a place there. */
function offsetOf(error: DuckDbError, statement: Statement, wrapper: string): number | undefined {
  if (!error.position) return undefined;
  const { count, unit } = error.position;
  const inner = count - (unit === 'bytes' ? Buffer.byteLength(wrapper) : [...wrapper].length);
  const toOffset = unit === 'bytes' ? offsetOfBytes : offsetOfCodePoints;
  // A position within the wrapper is not the author's.
  if (inner < 0 || inner > Buffer.byteLength(statement.text)) return undefined;
  return toOffset(statement.text, inner);
}

/** The token that a syntax error quotes. */
const NEAR = /(?<=\bat or near )"[^"]*"/;

/** A syntax error quotes one token; of a name that the platform wrote, authors know the whole. */
function withWholeName(
  error: DuckDbError,
  statement: Statement | undefined,
  offset: number | undefined,
): DuckDbError {
  if (statement === undefined || offset === undefined) return error;
  const name = authorsNameAt(statement.text, offset);
  if (name === undefined) return error;
  return { ...error, message: error.message.replace(NEAR, () => `"${name}"`) };
}
