/** One question to the API and its answer, as the fixture stores them. The answer's body is text. */

/** A client of one running API. */
export class Api {
  #base;

  /** @param {string} base such as `http://127.0.0.1:8080` */
  constructor(base) {
    this.#base = base;
  }

  /** Sends a request below `/api/v1` and returns its whole answer. */
  async ask({ method = 'GET', path, body, headers = {} }) {
    const isText = typeof body === 'string' || body instanceof Uint8Array;
    const response = await fetch(`${this.#base}/api/v1${path}`, {
      method,
      headers:
        body === undefined || isText ? headers : { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
    });
    const type = response.headers.get('content-type')?.split(';')[0] ?? '';
    return { status: response.status, type, text: await response.text() };
  }

  /** Sends a request that has to succeed; returns its parsed answer. */
  async send(method, path, body, headers) {
    const answer = await this.ask({ method, path, body, headers });
    if (answer.status >= 300) {
      throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    }
    return answer.text === '' ? undefined : JSON.parse(answer.text);
  }

  get(path) {
    return this.send('GET', path);
  }

  async upload(zone, name, content, more = '') {
    const path = `/landing-zones/${zone}/files?name=${encodeURIComponent(name)}${more}`;
    return this.send('POST', path, content, { 'content-type': 'application/octet-stream' });
  }

  put(path, sql, { config = {}, tests = [] } = {}) {
    return this.send('PUT', `/pipelines/${path}`, { sql, config, quality_tests: tests });
  }

  async create(path, fields = {}, headers = {}) {
    const [namespace, layer, pipeline] = path.split('/');
    const body = { namespace, layer, pipeline, ...fields };
    return (await this.send('POST', '/runs', body, headers)).run_id;
  }

  /** Waits until the run has that status; throws once it has ended with another one. */
  async until(id, status) {
    for (;;) {
      const run = await this.get(`/runs/${id}`);
      if (run.status === status) return run;
      if (run.finished_at !== null) {
        throw new Error(`${run.pipeline} is ${run.status}, not ${status}: ${run.error}`);
      }
      await new Promise((wake) => setTimeout(wake, 100));
    }
  }

  /** Creates a run and waits for its end. */
  async run(path, status = 'success', fields = {}) {
    const id = await this.create(path, fields);
    await this.until(id, status);
    return id;
  }
}
