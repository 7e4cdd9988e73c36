import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** What `rat login` has stored for one profile. */
export interface Login {
  url: string;
  token: string;
}

/** All that `rat login` and `rat profile use` have stored. */
export interface Logins {
  /** The profile of a command that names none. */
  current: string;
  profiles: ReadonlyMap<string, Login>;
}

/** The profile of who never names one. */
export const DEFAULT_PROFILE = 'default';

/** The default profile stands at the top of the file, as in files of earlier versions. */
interface LoginFile extends Partial<Login> {
  current?: string;
  profiles?: Record<string, Partial<Login>>;
}

/** The file of `rat login`, below the folder for settings of the user. */
export function loginFile(env: NodeJS.ProcessEnv): string {
  const { XDG_CONFIG_HOME: config } = env;
  return join(config || join(homedir(), '.config'), 'rat', 'login.json');
}

/** The logins that the file holds; none when it is not there or cannot be read. */
export async function readLogins(file: string): Promise<Logins> {
  try {
    const {
      current,
      profiles = {},
      ...first
    } = JSON.parse(await readFile(file, 'utf8')) as LoginFile;
    const stored = [[DEFAULT_PROFILE, first] as const, ...Object.entries(profiles)];
    return {
      current: typeof current === 'string' ? current : DEFAULT_PROFILE,
      profiles: new Map(stored.flatMap(([name, login]) => (isLogin(login) ? [[name, login]] : []))),
    };
  } catch {
    return { current: DEFAULT_PROFILE, profiles: new Map() };
  }
}

function isLogin(login: Partial<Login>): login is Login {
  return typeof login.url === 'string' && typeof login.token === 'string';
}

/** Only the user can read the file. It is replaced as a whole, so that a crash loses no login. */
export async function writeLogins(file: string, { current, profiles }: Logins): Promise<void> {
  if (profiles.size === 0) return rm(file, { force: true });
  const named = [...profiles].filter(([name]) => name !== DEFAULT_PROFILE);
  const stored: LoginFile = {
    ...profiles.get(DEFAULT_PROFILE),
    ...(current === DEFAULT_PROFILE ? {} : { current }),
    ...(named.length === 0 ? {} : { profiles: Object.fromEntries(named) }),
  };
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const whole = `${file}.${process.pid}`;
  await writeFile(whole, `${JSON.stringify(stored)}\n`, { mode: 0o600 });
  await rename(whole, file);
}

/** The logins with one more, or with another one under its name. */
export function withLogin({ current, profiles }: Logins, name: string, login: Login): Logins {
  // The first login is the one that later commands mean.
  const isFirst = !profiles.has(current);
  return { current: isFirst ? name : current, profiles: new Map([...profiles, [name, login]]) };
}

/** The logins without one. Without the current one, the default is current again. */
export function withoutLogin({ current, profiles }: Logins, name: string): Logins {
  return {
    current: current === name ? DEFAULT_PROFILE : current,
    profiles: new Map([...profiles].filter(([one]) => one !== name)),
  };
}
