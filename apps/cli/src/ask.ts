import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { CliContext } from './context.ts';
import { CliError, EXIT } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** Lets the person agree to what was printed; throws CliError unless they do. `yes` agrees for a script. */
export async function confirm(
  { terminal }: CliContext,
  question: string,
  { yes }: { yes?: boolean },
): Promise<void> {
  if (yes === true) return;
  if (!terminal.isInteractive)
    throw new CliError(`${question} Nothing was done: add --yes to agree`, EXIT.refused);
  const answer = await ask(terminal, `${question} [y/N] `, terminal.stderr);
  if (!/^y(es)?$/i.test(answer.trim())) throw new CliError('nothing was done', EXIT.refused);
}

/** A line that the person types or pastes, which the screen does not show. */
export async function askSecret(terminal: Terminal, question: string): Promise<string> {
  const nowhere = new Writable({ write: (_, __, done) => done() });
  const asking = ask(terminal, '', nowhere);
  // The reader starts before the question is printed: until it starts, the terminal shows what is typed.
  terminal.stderr.write(question);
  const answer = await asking;
  terminal.note('');
  return answer;
}

/** Throws CliError at Ctrl-C and at Ctrl-D. */
async function ask(terminal: Terminal, question: string, output: Writable): Promise<string> {
  const reader = createInterface({ input: terminal.stdin, output, terminal: true });
  const leaving = new AbortController();
  reader.once('SIGINT', () => leaving.abort());
  reader.once('close', () => leaving.abort());
  try {
    return await reader.question(question, { signal: leaving.signal });
  } catch (error) {
    if (!leaving.signal.aborted) throw error;
    terminal.note('');
    throw new CliError('nothing was done', EXIT.detached);
  } finally {
    reader.close();
  }
}
