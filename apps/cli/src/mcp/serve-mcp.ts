import { once } from 'node:events';
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import type { CliContext } from '../context.ts';
import { addReadTools } from './read-tools.ts';
import { addWriteTools } from './write-tools.ts';

/**
 * Serves the tools of the API to a program with a model, by the Model Context Protocol over standard input and output.
 * Resolves when the program closes its end.
 */
export async function serveMcp(
  context: CliContext,
  { allowWrite }: { allowWrite: boolean },
): Promise<void> {
  const { stdin } = context.terminal;
  const closed = once(stdin, 'close');
  const handle = serveStdio(
    () => {
      const server = new McpServer(
        { name: 'rat', version: '0.1.0' },
        { capabilities: { tools: {} } },
      );
      addReadTools(server, context);
      if (allowWrite) addWriteTools(server, context);
      return server;
    },
    { onerror: (error) => context.terminal.note(error.message) },
  );
  await closed;
  await handle.close();
}
