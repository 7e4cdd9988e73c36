import type supertest from 'supertest';

/** Pipelines with versions, for the tests of one file. */
export interface VersionedPipelines {
  /** Puts a pipeline with the versions `SELECT 1 AS n` to `SELECT <versions> AS n`; resolves with its path. */
  pipelineOf: (versions: number) => Promise<string>;
  /** The tag of a pipeline as it now is. */
  tagOf: (path: string) => Promise<string>;
}

/** `http` is called in the tests only, since the API has its address once it listens. */
export function versionedPipelines(http: () => ReturnType<typeof supertest>): VersionedPipelines {
  let count = 0;
  return {
    pipelineOf: async (versions) => {
      count += 1;
      const path = `/api/v1/pipelines/default/gold/p${count}`;
      for (let n = 1; n <= versions; n += 1) {
        await http()
          .put(path)
          .set('X-Requested-By', `author ${n}`)
          .send({ sql: `SELECT ${n} AS n`, message: `change ${n}` });
      }
      return path;
    },
    tagOf: async (path) => {
      const answer = await http().get(path).expect(200);
      return answer.headers['etag'] ?? '';
    },
  };
}
