import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { LauncherError } from './launcher-error.ts';
import { createMigrationFile } from './migration-file.ts';
import { runCommand } from './run-command.ts';

const MIGRATIONS = fileURLToPath(new URL('../../../prisma/migrations', import.meta.url));

const HELP = `usage: npm run db:migration -- NAME

Makes an empty migration to write in, such as: npm run db:migration -- add_run_labels`;

/** Makes an empty migration to write in. */
async function newMigration(): Promise<void> {
  const { positionals } = parseArgs({ allowPositionals: true });
  const [name, ...rest] = positionals;
  if (name === undefined || rest.length > 0) {
    throw new LauncherError('usage: npm run db:migration -- add_run_labels');
  }
  const file = await createMigrationFile(MIGRATIONS, name, new Date());
  console.log(`${relative(process.cwd(), file)}: write the SQL there, and change schema.prisma`);
}

await runCommand(newMigration, HELP);
