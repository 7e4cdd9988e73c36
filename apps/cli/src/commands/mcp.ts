import type { Command } from 'commander';
import type { Commands } from './command.ts';

/** `rat mcp`: the API as tools for a program with a language model. */
export function addMcpCommand(program: Command, commands: Commands): void {
  program
    .command('mcp')
    .description(
      'Speaks the Model Context Protocol over standard input and output. Its tools look at runs, logs, pipelines and tables; with --allow-write they also start and cancel runs. It acts with the token of this command, and never with more rights.',
    )
    .option('--allow-write', 'also start, rerun and cancel runs')
    .action(
      commands.action<{ allowWrite?: true }, []>(async (context, { allowWrite }) => {
        const { serveMcp } = await import('../mcp/serve-mcp.ts');
        await serveMcp(context, { allowWrite: allowWrite === true });
      }),
    );
}
