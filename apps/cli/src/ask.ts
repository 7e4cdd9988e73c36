import { createInterface } from 'node:readline/promises';
import type { CliContext } from './context.ts';
import { CliError, EXIT } from './exit-codes.ts';

/** Lets the person agree to what was printed; throws CliError unless they do. `yes` agrees for a script. */
export async function confirm(
  { terminal }: CliContext,
  question: string,
  { yes }: { yes?: boolean },
): Promise<void> {
  if (yes === true) return;
  if (!terminal.isInteractive)
    throw new CliError(`${question} Nothing was done: add --yes to agree`, EXIT.refused);
  const reader = createInterface({ input: terminal.stdin, output: process.stderr });
  try {
    const answer = await reader.question(`${question} [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw new CliError('nothing was done', EXIT.refused);
  } finally {
    reader.close();
  }
}
