/** Values that need no quotes: nothing in them can move the cursor of a terminal or look like another field. */
const PLAIN = /^[\w./:@+-]+$/;

/**
 * A line of the JSON log as a person reads it: time, level, message, facts. Texts of clients stay
 * quoted as in JSON, so they cannot send control characters to the terminal.
 *
 * @example
 * prettyLine('{"level":"info","time":"2026-11-29T10:00:00.000Z","msg":"run started","attempt":1}\n');
 * // '10:00:00.000 INFO  run started attempt=1\n'
 */
export function prettyLine(line: string): string {
  const { level, time, msg, err, service: _service, pid: _pid, ...facts } = parse(line);
  const fields = Object.entries(facts).map(([name, value]) => ` ${name}=${show(value)}`);
  const clock = String(time).slice(11, 23);
  const head = `${clock} ${String(level).toUpperCase().padEnd(5)} ${show(msg, /^[\w ,;./:'-]+$/)}`;
  return `${head}${fields.join('')}\n${err === undefined ? '' : showError(err)}`;
}

function parse(line: string): Record<string, unknown> {
  return JSON.parse(line) as Record<string, unknown>;
}

function show(value: unknown, plain = PLAIN): string {
  return typeof value === 'string' && plain.test(value) ? value : JSON.stringify(value);
}

/** The stack of an error, a line each, without control characters. */
function showError(err: unknown): string {
  const { stack, message } = err as { stack?: string; message?: string };
  const lines = (stack ?? message ?? JSON.stringify(err)).split('\n');
  return lines.map((line) => `    ${line.replaceAll(/\p{Cc}/gu, ' ').trim()}\n`).join('');
}
