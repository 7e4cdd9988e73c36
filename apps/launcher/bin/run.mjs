// `node run.mjs [PROGRAM [ARGUMENTS…]]` prepares the workspace, then runs the program, a path from the project's root. Without
// a program it only prepares. Every script of package.json that needs the build starts through this file.
//
// The program runs in this process, not in a child: signals, exit code, standard streams and parent are then its own.
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { prepareWorkspace } from './prepare-workspace.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const [program, ...rest] = process.argv.slice(2);

if (!(await prepareWorkspace())) process.exit(1);
if (program !== undefined) {
  const path = join(root, program);
  process.argv = [process.execPath, path, ...rest];
  await import(pathToFileURL(path).href);
}
