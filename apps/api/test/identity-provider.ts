import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';

/** The client that an identity provider knows. */
export const CLIENT = { id: 'rat', secret: 'the-secret-of-the-client-0123456789' };

/** A real identity provider on loopback, whose people need no password. */
export interface ProviderFixture {
  issuer: URL;
  /** The groups of each person; a test may change them. */
  groups: Map<string, string[]>;
  /** Answers from now on, for the service at this address. */
  serve: (publicUrl: string) => void;
  close: () => Promise<void>;
}

/** Takes a port. The provider answers after `serve`, since its client needs the address of the service. */
export async function openProvider(): Promise<ProviderFixture> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const groups = new Map<string, string[]>();
  return {
    issuer,
    groups,
    serve: (publicUrl) => {
      const provider = new Provider(issuer.href.replace(/\/$/, ''), {
        clients: [
          {
            client_id: CLIENT.id,
            client_secret: CLIENT.secret,
            redirect_uris: [`${publicUrl}/sign-in/oidc/callback`],
            token_endpoint_auth_method: 'client_secret_post',
          },
        ],
        cookies: { keys: ['a key for the cookies of the provider'] },
        claims: { openid: ['sub'], email: ['email', 'email_verified'], groups: ['groups'] },
        pkce: { required: () => true },
        findAccount: (_context, id) => ({
          accountId: id,
          claims: () => ({
            sub: id,
            email: `${id}@example.org`,
            email_verified: id !== 'mallory',
            groups: groups.get(id) ?? [],
          }),
        }),
      });
      server.on('request', (req, res) => void provider.callback()(req, res));
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Cookie {
  name: string;
  value: string;
  path: string;
}

/** What a browser shows after its redirects. */
export interface ShownPage {
  status: number;
  url: string;
  text: string;
}

/** Follows redirects, keeps the cookies of each server, and fills in the forms of the provider. */
export class ScriptedBrowser {
  readonly #jars = new Map<string, Map<string, Cookie>>();

  /** The value of a cookie of a server. */
  cookieOf(url: string, name: string): string | undefined {
    return this.#jarOf(url).get(name)?.value;
  }

  /** Sets a cookie, as an attacker might. */
  plant(url: string, name: string, value: string): void {
    this.#jarOf(url).set(name, { name, value, path: '/' });
  }

  /** Opens an address; stops before it follows a redirect to a place that begins with `stopAt`. */
  async open(address: string, stopAt?: string): Promise<ShownPage> {
    let url = address;
    for (let hop = 0; hop < 20; hop += 1) {
      const response = await this.send(url);
      const location = response.headers.get('location');
      if (response.status < 300 || response.status > 399 || location === null) {
        return { status: response.status, url, text: await response.text() };
      }
      url = new URL(location, url).href;
      if (stopAt !== undefined && url.startsWith(stopAt)) return { status: 302, url, text: '' };
    }
    throw new Error('too many redirects');
  }

  /** Signs a person in at the provider, from the page of the provider on, up to the redirect to `stopAt`. */
  async signInAs(person: string, start: string, stopAt: string): Promise<string> {
    let page = await this.open(start, stopAt);
    for (let step = 0; step < 4 && !page.url.startsWith(stopAt); step += 1) {
      const [, action = ''] = /action="([^"]+)"/.exec(page.text) ?? [];
      const [, prompt = ''] = /name="prompt" value="([^"]+)"/.exec(page.text) ?? [];
      const form = new URLSearchParams({ prompt, login: person, password: 'any' });
      const to = new URL(action, page.url).href;
      const answer = await this.send(to, { method: 'POST', body: form });
      await answer.body?.cancel();
      const next = new URL(answer.headers.get('location') ?? '', to).href;
      page = next.startsWith(stopAt)
        ? { status: 302, url: next, text: '' }
        : await this.open(next, stopAt);
    }
    if (!page.url.startsWith(stopAt)) throw new Error(`the provider shows ${page.text}`);
    return page.url;
  }

  async send(url: string, init: RequestInit = {}): Promise<Response> {
    const jar = this.#jarOf(url);
    const { pathname } = new URL(url);
    const sent = [...jar.values()].filter(({ path }) => pathname.startsWith(path));
    const cookie = sent.map(({ name, value }) => `${name}=${value}`).join('; ');
    const headers = { accept: 'text/html', ...(cookie === '' ? {} : { cookie }), ...init.headers };
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const text of response.headers.getSetCookie()) {
      const [pair = '', ...flags] = text.split(';').map((part) => part.trim());
      const [name = '', value = ''] = pair.split(/=(.*)/s, 2);
      const path = flags.find((flag) => /^path=/i.test(flag))?.slice(5) ?? '/';
      if (value === '') jar.delete(name);
      else jar.set(name, { name, value, path });
    }
    return response;
  }

  #jarOf(url: string): Map<string, Cookie> {
    const { host } = new URL(url);
    const jar = this.#jars.get(host) ?? new Map<string, Cookie>();
    this.#jars.set(host, jar);
    return jar;
  }
}
