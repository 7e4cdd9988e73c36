import { OUT_OF_TIME } from './render-budget.ts';
import { TemplateError } from './template-error.ts';

/**
 * Converts an error of the template engine to a TemplateError. Only the engine's debug text
 * contains the column: it quotes the line after a `>` and underlines the position with carets.
 */
export function translateTemplateError(error: unknown): TemplateError {
  if (error instanceof TemplateError) return error;
  const cause = { cause: error };
  const { name, message: text } = readError(error);
  if (isScriptTimeout(error)) {
    return new TemplateError(OUT_OF_TIME, {}, cause);
  }
  // A trap. The engine's own checks have messages, so the cause is a failed allocation.
  if (name === 'RuntimeError' || name === 'RangeError') {
    return new TemplateError('the template needs more memory than it may use', {}, cause);
  }
  const [firstLine = ''] = text.split('\n', 1);
  const line = /\(in [^()]*:(\d+)\)$/.exec(firstLine)?.[1];
  const marked = markedPlace(text);
  const message = describe(firstLine.replace(/ \(in [^()]*:\d+\)$/, ''), marked?.text);
  return new TemplateError(
    message,
    {
      ...(line === undefined ? {} : { line: Number(line) }),
      ...(marked === undefined ? {} : { column: marked.column }),
    },
    cause,
  );
}

/** Whether V8 stopped a script at its time limit. */
export function isScriptTimeout(error: unknown): boolean {
  return readError(error).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}

/** Reads properties without checking the class: the error belongs to the script's own realm. */
function readError(error: unknown): { name: string; code: unknown; message: string } {
  if (typeof error !== 'object' || error === null) {
    return { name: '', code: undefined, message: String(error) };
  }
  return {
    name: 'name' in error ? String(error.name) : '',
    code: 'code' in error ? error.code : undefined,
    message: 'message' in error ? String(error.message) : '',
  };
}

function describe(message: string, markedText: string | undefined): string {
  if (message.startsWith('engine ran out of fuel'))
    return 'the template did not end: it took too many steps';
  if (message === 'undefined value' && markedText) return `${markedText} is not defined`;
  return message;
}

/** The underlined text and its column in code points; undefined when it spans several lines. */
function markedPlace(text: string): { column: number; text: string } | undefined {
  const place = /^(\s*\d+ > )(.*)\n\s*i (\s*)(\^+)/mu.exec(text);
  if (!place) return undefined;
  const [, , source = '', indent = '', carets = ''] = place;
  const marked = [...source].slice(indent.length, indent.length + carets.length).join('');
  return { column: indent.length + 1, text: marked };
}
