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
