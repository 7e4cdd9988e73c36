import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** What `rat login` has stored. */
export interface Login {
  url: string;
  token: string;
}

/** The file of `rat login`, below the folder for settings of the user. */
export function loginFile(env: NodeJS.ProcessEnv): string {
  const { XDG_CONFIG_HOME: config } = env;
  return join(config || join(homedir(), '.config'), 'rat', 'login.json');
}

/** The login that the file holds; undefined when there is none, or when it cannot be read. */
export async function readLogin(file: string): Promise<Login | undefined> {
  try {
    const login = JSON.parse(await readFile(file, 'utf8')) as Partial<Login>;
    const { url, token } = login;
    return typeof url === 'string' && typeof token === 'string' ? { url, token } : undefined;
  } catch {
    return undefined;
  }
}

/** Only the user can read the file. */
export async function writeLogin(file: string, login: Login): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, `${JSON.stringify(login)}\n`, { mode: 0o600 });
  // A file that was there keeps its mode when it is written.
  await chmod(file, 0o600);
}

export async function removeLogin(file: string): Promise<void> {
  await rm(file, { force: true });
}
