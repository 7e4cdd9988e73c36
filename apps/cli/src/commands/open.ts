import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import { findPipelineName, resolveRun } from '../names.ts';
import type { Commands } from './command.ts';

/** `rat open`: the console in a browser. */
export function addOpenCommand(program: Command, commands: Commands): void {
  program
    .command('open')
    .argument(
      '[what]',
      'a pipeline such as gold.daily, or a run: its id, its first digits, or last',
    )
    .action(
      commands.action<object, [string | undefined]>(async (context, _, what) => {
        const { rat, namespace, url, terminal } = context;
        const pipeline = what === undefined ? undefined : findPipelineName(what, namespace);
        let page = '';
        if (pipeline !== undefined)
          page = `p/${pipeline.namespace}/${pipeline.layer}/${pipeline.name}`;
        else if (what !== undefined) page = `runs/${await resolveRun(rat, what, namespace)}`;
        const address = `${url}/console/${page}`;
        context.object({ url: address }, address, () => terminal.data(address));
        // A script wants the address alone.
        if (terminal.isInteractive) openInBrowser(address);
      }),
    );
}

/** Starts the program that opens addresses on this system. Without one, the person has the printed address. */
function openInBrowser(address: string): void {
  const [program, ...args] = {
    darwin: ['open'],
    win32: ['cmd', '/c', 'start', ''],
  }[process.platform as string] ?? ['xdg-open'];
  const child = spawn(program ?? '', [...args, address], { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}
