import type supertest from 'supertest';

/** Where the API has a pipeline and its files. */
export interface FiledPipeline {
  /** Its path below `/api/v1/pipelines`. */
  route: string;
  /** The path of its files, below `/api/v1/files`, with a slash at the end. */
  folder: string;
}

type Http = ReturnType<typeof supertest>;

/** The files of pipelines over HTTP, for the tests of one file. */
export interface PipelineFiles {
  newPipeline: (namespace?: string) => FiledPipeline;
  /** A published pipeline with a setting in its SQL, one in its configuration, and a test. */
  published: () => Promise<FiledPipeline>;
  at: (path: string) => string;
  write: (path: string, content: string) => supertest.Test;
  read: (path: string) => Promise<string>;
  pathsOf: (prefix: string, exclude?: string) => Promise<string[]>;
}

/** `http` is called in the tests only, since the API has its address once it listens. */
export function pipelineFiles(http: () => Http): PipelineFiles {
  let count = 0;
  const newPipeline: PipelineFiles['newPipeline'] = (namespace = 'default') => {
    count += 1;
    return {
      route: `/api/v1/pipelines/${namespace}/gold/f${count}`,
      folder: `${namespace}/pipelines/gold/f${count}/`,
    };
  };
  const at = (path: string): string => `/api/v1/files/${path}`;
  return {
    newPipeline,
    at,
    published: async () => {
      const pipeline = newPipeline();
      await http()
        .put(pipeline.route)
        .send({
          sql: '-- @max_retries: 2\nSELECT 1 AS n',
          config: { description: 'Numbers' },
          quality_tests: [{ name: 'few', sql: 'SELECT * FROM {{ this }} WHERE n > 9' }],
        })
        .expect(201);
      return pipeline;
    },
    write: (path, content) => http().put(at(path)).send({ content }),
    read: async (path) => String((await http().get(at(path)).expect(200)).body.content),
    pathsOf: async (prefix, exclude = '') => {
      const { body } = await http().get('/api/v1/files').query({ prefix, exclude }).expect(200);
      return (body.files as { path: string }[]).map(({ path }) => path);
    },
  };
}
