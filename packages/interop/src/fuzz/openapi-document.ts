/** A JSON schema, as far as the generator reads it. */
export interface Schema {
  $ref?: string;
  type?: string | readonly string[];
  const?: unknown;
  enum?: readonly unknown[];
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  items?: Schema;
  minItems?: number;
  maxItems?: number;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  additionalProperties?: boolean | Schema;
}

/** A parameter of an operation. */
export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: Schema;
}

/** An operation of the document, with where it is. */
export interface DocumentedOperation {
  operationId: string;
  method: string;
  path: string;
  parameters: readonly Parameter[];
  /** By media type. */
  body: Readonly<Record<string, { schema: Schema }>>;
  responses: Readonly<Record<string, { content?: Readonly<Record<string, unknown>> }>>;
  /** The answer is a stream of events, which ends when the client leaves. */
  streams: boolean;
}

/** What the API says about itself. */
export interface ApiDocument {
  operations: readonly DocumentedOperation[];
  resolve: (schema: Schema) => Schema;
  /** The operation that a request reaches; hostile values of a path may lead to another one. */
  find: (method: string, target: string) => DocumentedOperation | undefined;
}

interface RawOperation {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: { content: DocumentedOperation['body'] };
  responses: DocumentedOperation['responses'];
}

/** Reads the document that the API serves. */
export async function readDocument(url: string, token: string): Promise<ApiDocument> {
  const answer = await fetch(`${url}/openapi.json`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return parseDocument(await answer.json());
}

function parseDocument(given: unknown): ApiDocument {
  // The contract's own tests check the form of the document.
  const document = given as {
    paths: Record<string, Record<string, RawOperation>>;
    components: { schemas: Record<string, Schema> };
  };
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, raw]): DocumentedOperation => {
      const types = Object.keys(raw.responses['200']?.content ?? {});
      return {
        operationId: raw.operationId,
        method: method.toUpperCase(),
        path,
        parameters: raw.parameters ?? [],
        body: raw.requestBody?.content ?? {},
        responses: raw.responses,
        streams: types.includes('text/event-stream'),
      };
    }),
  );
  // A fixed segment wins over a parameter in the same place, for every method: the API answers others with a 405.
  const paths = [...new Set(operations.map(({ path }) => path))]
    .toSorted()
    .map((path) => ({ path, pattern: toPattern(path) }));
  return {
    operations,
    find: (method, target) => {
      const [asked = ''] = target.split('?', 1);
      const found = paths.find(({ pattern }) => pattern.test(asked));
      return operations.find((one) => one.path === found?.path && one.method === method);
    },
    resolve: (schema) => {
      const name = schema.$ref?.split('/').at(-1);
      return name === undefined ? schema : (document.components.schemas[name] ?? {});
    },
  };
}

/** The path of a file has slashes. A slash at the end changes nothing. */
function toPattern(path: string): RegExp {
  const last = path.replace(/\/files\/\{path\}$/, '/files/.+');
  return new RegExp(`^${last.replaceAll(/\{\w+\}/g, '[^/]+')}/?$`);
}
