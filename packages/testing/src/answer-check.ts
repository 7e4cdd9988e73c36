import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const DOCUMENT = new URL('../../../apps/api/openapi.json', import.meta.url);

/** Larger answers are not kept for the check. */
const ANSWER_MAX_BYTES = 8 * 1024 * 1024;

interface Document {
  paths: Record<string, Record<string, { responses: Record<string, { content?: object }> }>>;
}

/**
 * Holds answers of the API against its OpenAPI document: the status must be described, and a JSON body must fit the
 * schema of its status, with no field that the schema does not have.
 *
 * @example
 * const check = new AnswerCheck();
 * server.prependListener('request', (req, res) => check.watch(req, res));
 * expect(check.faults).toEqual([]);
 */
export class AnswerCheck {
  /** One line for each answer that the document does not allow. */
  readonly faults: string[] = [];
  readonly #onFault: (fault: string) => void;
  readonly #ajv = new Ajv2020({ strict: false, allErrors: false });
  readonly #templates: { path: string; pattern: RegExp }[];
  readonly #document: Document;
  readonly #validators = new Map<string, ValidateFunction>();

  constructor(onFault: (fault: string) => void = () => undefined) {
    this.#onFault = onFault;
    this.#document = JSON.parse(readFileSync(DOCUMENT, 'utf8')) as Document;
    addFormats.default(this.#ajv);
    this.#ajv.addSchema(this.#document, 'openapi.json');
    this.#templates = Object.keys(this.#document.paths)
      // A fixed segment comes before a parameter in the same place.
      .toSorted()
      .map((path) => ({ path, pattern: toPattern(path) }));
  }

  /** Checks the answer when it has been sent. */
  watch(req: IncomingMessage, res: ServerResponse): void {
    const { method = '', url = '' } = req;
    const chunks: Buffer[] = [];
    const keep = (chunk: unknown): void => {
      if (typeof chunk === 'string') chunks.push(Buffer.from(chunk));
      else if (chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
    };
    const write = res.write.bind(res) as (...args: unknown[]) => boolean;
    const end = res.end.bind(res) as (...args: unknown[]) => ServerResponse;
    res.write = ((...args: unknown[]) => {
      keep(args[0]);
      return write(...args);
    }) as typeof res.write;
    res.end = ((...args: unknown[]) => {
      keep(args[0]);
      return end(...args);
    }) as typeof res.end;
    res.once('finish', () => {
      const type = String(res.getHeader('content-type') ?? '');
      const { statusCode: status } = res;
      const body = unpack(Buffer.concat(chunks), res.getHeader('content-encoding'));
      const fault = this.faultOf({ method, url, status, type, body });
      if (fault === undefined) return;
      this.faults.push(fault);
      this.#onFault(fault);
    });
  }

  /** What the document does not allow of one answer. `template` is the path of its operation, where the caller knows it. */
  faultOf(answer: {
    method: string;
    url: string;
    template?: string;
    status: number;
    type: string;
    body: Buffer;
  }): string | undefined {
    const { method, url, body } = answer;
    const [path = ''] = url.split('?', 1);
    const template =
      answer.template ?? this.#templates.find(({ pattern }) => pattern.test(path))?.path;
    const operation = this.#document.paths[template ?? '']?.[method.toLowerCase()];
    // What is no operation is answered by the board, or by an error of its own.
    if (template === undefined || operation === undefined) return undefined;
    const status = String(answer.status);
    const described = operation.responses[status] ? status : 'default';
    const name = `${method} ${template} ${status}`;
    if (described === 'default' && answer.status < 400) return `${name}: not in the document`;
    const type = answer.type.split(';', 1)[0] ?? '';
    const { content = {} } = operation.responses[described] ?? {};
    if (body.length === 0 || body.length > ANSWER_MAX_BYTES) return undefined;
    if (!Object.hasOwn(content, type)) return `${name}: media type ${type} is not in the document`;
    if (type !== 'application/json') return undefined;
    const validate = this.#validator([
      'paths',
      template,
      method.toLowerCase(),
      'responses',
      described,
      'content',
      type,
      'schema',
    ]);
    if (validate(JSON.parse(body.toString('utf8')))) return undefined;
    return `${name}: ${this.#ajv.errorsText(validate.errors)} in ${body.toString('utf8').slice(0, 2_000)}`;
  }

  #validator(place: string[]): ValidateFunction {
    const pointer = place.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'));
    const $ref = `openapi.json#/${pointer.map((part) => encodeURIComponent(part)).join('/')}`;
    const known = this.#validators.get($ref) ?? this.#ajv.compile({ $ref });
    this.#validators.set($ref, known);
    return known;
  }
}

/** The body as it was before the API compressed it. */
function unpack(body: Buffer, encoding: unknown): Buffer {
  // An answer to HEAD, or without news, has no body to decompress.
  if (body.length === 0) return body;
  if (encoding === 'gzip') return gunzipSync(body);
  if (encoding === 'deflate') return inflateSync(body);
  return encoding === 'br' ? brotliDecompressSync(body) : body;
}

/** The last parameter of a path may have slashes, as the path of a file has; other paths come first. */
function toPattern(path: string): RegExp {
  const last = path.replace(/\/files\/\{path\}$/, '/files/.+');
  return new RegExp(`^${last.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}
