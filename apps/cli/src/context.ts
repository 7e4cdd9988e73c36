import { RatClient } from '@rat/client';
import { CliError } from './exit-codes.ts';
import type { Login } from './login-file.ts';
import type { Terminal } from './terminal.ts';

/** The options that every command takes. */
export interface GlobalOptions {
  url?: string;
  namespace: string;
  json?: boolean;
  quiet?: boolean;
}

/** What the environment and the file of `rat login` set. */
export interface Settings {
  RAT_API_URL: string | undefined;
  RAT_TOKEN: string | undefined;
  login: Login | undefined;
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

  get url(): string {
    const { RAT_API_URL: url, login } = this.settings;
    return (this.options.url ?? url ?? login?.url ?? URL_BY_DEFAULT).replace(/\/+$/, '');
  }

  /** The token of the environment, or that of the login, which is for the address of the login alone. */
  get token(): string | undefined {
    const { RAT_TOKEN: token, login } = this.settings;
    return token ?? (login?.url === this.url ? login.token : undefined);
  }

  get rat(): RatClient {
    if (!URL.canParse(this.url))
      throw new CliError(`${this.url} is no URL, such as ${URL_BY_DEFAULT}`);
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
