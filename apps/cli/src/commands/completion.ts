import { Argument, type Command } from 'commander';
import type { Commands } from './command.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

/** `rat completion`: a script for a shell, which calls the hidden command `__complete` with the words so far. */
export function addCompletionCommands(program: Command, commands: Commands): void {
  program
    .command('completion')
    .description(
      'Prints a script for your shell, such as: rat completion bash >> ~/.bashrc, rat completion zsh >> ~/.zshrc, or rat completion fish > ~/.config/fish/completions/rat.fish',
    )
    .addArgument(new Argument('<shell>').choices(SHELLS))
    .action(
      commands.action<object, [Shell]>(async ({ terminal }, _, shell) => {
        terminal.data(SCRIPTS[shell]);
      }),
    );

  program
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .allowUnknownOption()
    .action(
      commands.action<object, [string[]]>(async ({ terminal }, _, words) => {
        for (const word of completionsOf(program, words)) terminal.data(word);
      }),
    );
}

/** What may stand in place of the last word: commands, options, or the choices of an option. */
export function completionsOf(program: Command, words: readonly string[]): string[] {
  const begun = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  let command = program;
  for (const word of before)
    command = command.commands.find((one) => one.name() === word) ?? command;
  const option = command.options.find(
    (one) => one.long === before.at(-1) || one.short === before.at(-1),
  );
  const choices = option?.argChoices;
  if (choices !== undefined) return choices.filter((choice) => choice.startsWith(begun));
  const names = command.commands.map((one) => one.name()).filter((name) => !name.startsWith('__'));
  const options = [...command.options, ...program.options].flatMap(({ long }) =>
    long ? [long] : [],
  );
  const shown = begun.startsWith('-') ? new Set([...options, '--help']) : names;
  return [...shown].filter((word) => word.startsWith(begun));
}

const SCRIPTS: Record<Shell, string> = {
  bash: `_rat() {
  local IFS=$'\\n'
  COMPREPLY=($(rat __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _rat rat`,
  zsh: `(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
_rat() {
  local -a found
  found=(\${(f)"$(rat __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  (( \${#found} )) && compadd -- $found || _files
}
compdef _rat rat`,
  fish: `function __rat_complete
  set -l found (rat __complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)
  if test (count $found) -gt 0
    printf '%s\\n' $found
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c rat -f -a '(__rat_complete)'`,
};
