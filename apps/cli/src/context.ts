import { RatClient } from '@rat/client';
import { CliError, EXIT } from './exit-codes.ts';
import type { Login, Logins } from './login-file.ts';
import type { Terminal } from './terminal.ts';

/** The options that every command takes. */
export interface GlobalOptions {
  url?: string;
  profile?: string;
  namespace: string;
  json?: boolean;
  quiet?: boolean;
}

/** What the environment and the file of `rat login` set. */
export interface Settings {
  RAT_API_URL: string | undefined;
  RAT_TOKEN: string | undefined;
  RAT_PROFILE: string | undefined;
  logins: Logins;
  loginFile: string;
}

const URL_BY_DEFAULT = 'http://127.0.0.1:8080';

/** What a command works with. */
export class CliContext {
  readonly terminal: Terminal;
  readonly settings: Settings;
  readonly options: GlobalOptions;

  constructor(terminal: Terminal, settings: Settings, options: GlobalOptions) {
    this.terminal = terminal;
    this.settings = settings;
    this.options = options;
  }

  get namespace(): string {
    return this.options.namespace;
  }

  /** The name of the profile in use, under which a login may be stored. */
  get profile(): string {
    return this.options.profile ?? this.settings.RAT_PROFILE ?? this.settings.logins.current;
  }

  /** The login of the profile; undefined when none is stored. */
  get #login(): Login | undefined {
    return this.settings.logins.profiles.get(this.profile);
  }

  /** The server that a login is for: the profile may be new. */
  get urlOfLogin(): string {
    const { RAT_API_URL: url } = this.settings;
    // An option wins over the environment.
    const named = this.options.profile === undefined ? undefined : this.#login?.url;
    const found = this.options.url ?? named ?? url ?? this.#login?.url ?? URL_BY_DEFAULT;
    return found.replace(/\/+$/, '');
  }

  /** The server. Throws CliError when a profile is named that does not exist: its commands must not reach another server. */
  get url(): string {
    this.assertProfile();
    const url = this.urlOfLogin;
    if (URL.canParse(url) && /^https?:/i.test(url)) return url;
    throw new CliError(`${url} is no address of an API: write one such as ${URL_BY_DEFAULT}`);
  }

  /** Throws CliError when a profile is named that does not exist. */
  assertProfile(): void {
    const name = this.options.profile ?? this.settings.RAT_PROFILE;
    if (name !== undefined && this.#login === undefined) throw unknownProfile(name);
  }

  /** The token of the environment, or that of the login, which is for the address of the login alone. */
  get token(): string | undefined {
    const source = this.tokenSource;
    const token = source === 'RAT_TOKEN' ? this.settings.RAT_TOKEN : this.#ownToken;
    if (token !== undefined) assertToken(token, source ?? '');
    return token;
  }

  /** Where the token is from. A profile that an option names wins over the environment. */
  get tokenSource(): 'RAT_TOKEN' | 'rat login' | undefined {
    const isStored = this.#ownToken !== undefined;
    if (isStored && this.options.profile !== undefined) return 'rat login';
    if (this.settings.RAT_TOKEN !== undefined) return 'RAT_TOKEN';
    return isStored ? 'rat login' : undefined;
  }

  get #ownToken(): string | undefined {
    return this.#login?.url === this.url ? this.#login.token : undefined;
  }

  get rat(): RatClient {
    return new RatClient({ baseUrl: this.url, token: this.token });
  }

  /** Prints a list: objects of the API, one a line; ids; or a table. */
  list<Item extends object>(
    items: readonly Item[],
    options: {
      id: (item: Item) => string;
      head: readonly string[];
      row: (item: Item) => readonly (string | number | null)[];
      empty: string;
    },
  ): void {
    const { terminal } = this;
    if (this.options.json) items.forEach((item) => terminal.data(JSON.stringify(item)));
    else if (this.options.quiet) items.forEach((item) => terminal.data(options.id(item)));
    else if (items.length === 0) terminal.note(options.empty);
    else terminal.table(options.head, items.map(options.row));
  }

  /** Prints one object of the API: as JSON, as its id, or by `show`. */
  object(item: object, id: string, show: () => void): void {
    if (this.options.json) this.terminal.data(JSON.stringify(item));
    else if (this.options.quiet) this.terminal.data(id);
    else show();
  }
}

/** Throws CliError for a text that no request can carry as a token. */
export function assertToken(token: string, source: string): void {
  if (/^[\x21-\x7e]+$/.test(token)) return;
  throw new CliError(
    `the token of ${source} has a space, a line break or a letter that no token has: copy it again`,
  );
}

/** The error of a name under which no login is stored. */
export function unknownProfile(name: string): CliError {
  const message = `there is no profile ${name}: rat profile list shows yours, rat login --profile ${name} makes it`;
  return new CliError(message, EXIT.notFound);
}
