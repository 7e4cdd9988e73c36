import type { Command } from 'commander';
import { CliContext, type GlobalOptions, type Settings } from '../context.ts';
import type { Terminal } from '../terminal.ts';

/** Carries a command out; resolves with its exit code, which is 0 by default. */
type Action<Options, Args extends unknown[]> = (
  context: CliContext,
  options: Options & GlobalOptions,
  ...args: Args
) => Promise<number | void>;

/** What the commands of one program share. */
export class Commands {
  readonly #terminal: Terminal;
  readonly #settings: Settings;
  exitCode = 0;
  /** That of the command that runs, for its errors. */
  context: CliContext | undefined;

  constructor(terminal: Terminal, settings: Settings) {
    this.#terminal = terminal;
    this.#settings = settings;
  }

  /** Makes the action of a command out of `act`. The arguments are those that the command declares. */
  action<Options, Args extends unknown[]>(
    act: Action<Options, Args>,
  ): (...given: unknown[]) => Promise<void> {
    return async (...given) => {
      // Commander passes the arguments, the options, and the command itself.
      const command = given.at(-1) as Command;
      const args = given.slice(0, -2) as Args;
      const options = command.optsWithGlobals<Options & GlobalOptions>();
      this.context = new CliContext(this.#terminal, this.#settings, options);
      this.exitCode = (await act(this.context, options, ...args)) ?? 0;
    };
  }
}
