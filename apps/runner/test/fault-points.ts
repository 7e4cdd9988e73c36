/** A step at which a runner is killed: see `die-at.mjs`. */
export interface FaultPoint {
  call: 'write' | 'mkdir' | 'remove' | 'rename' | 'query' | 'message';
  match: string;
  when: 'before' | 'amid' | 'after';
  nth?: number;
  /**
   * A query that must precede the step, so that the kill meets the runner's own step and not a
   * cleanup.
   */
  since?: string;
}

export interface Fault {
  name: string;
  /** The kind of the run: see `FaultTable`. */
  run: 'append' | 'merge' | 'archive' | 'maintain';
  at: FaultPoint;
  /** The step at which a second runner is killed, which took the run over from the first. */
  next?: FaultPoint;
  /** Whether the kill follows the commit that publishes. */
  isPublished?: true;
}

const METADATA = String.raw`\.metadata\.json$`;
/** A file is written under a temporary name, and then gets its own. */
const ARRIVING = String.raw`\.[0-9a-f-]{36}\.tmp$`;
const ARRIVING_METADATA = String.raw`\.metadata\.json${ARRIVING}`;
const ARRIVING_MANIFEST = String.raw`-m\d+\.avro${ARRIVING}`;
const ARRIVING_MANIFEST_LIST = String.raw`snap-.*\.avro${ARRIVING}`;
const ATTEMPT_FOLDER = String.raw`/data/run_\w+_1$`;
const STAGED: FaultPoint = { call: 'query', match: '^COMMIT of .*move-table', when: 'after' };
const COMMIT_PUBLISH = '^COMMIT of publish-run';

/** One row for each step of a run, in the order of its life. */
export const FAULTS: readonly Fault[] = [
  {
    name: 'branch: the attempt has its folder',
    run: 'append',
    at: { call: 'mkdir', match: ATTEMPT_FOLDER, when: 'after' },
  },
  {
    name: 'write: the child is at it',
    run: 'merge',
    at: { call: 'message', match: '"phase".*"write"', when: 'before' },
  },
  {
    name: 'write: the child has written everything',
    run: 'append',
    at: { call: 'message', match: '"type":"staged"', when: 'before' },
  },
  {
    name: 'stage: half a manifest is written',
    run: 'merge',
    at: { call: 'write', match: ARRIVING_MANIFEST, when: 'amid' },
  },
  {
    name: 'stage: the manifest list is written',
    run: 'append',
    at: { call: 'rename', match: ARRIVING_MANIFEST_LIST, when: 'after' },
  },
  {
    name: 'stage: half the metadata is written',
    run: 'append',
    at: { call: 'write', match: ARRIVING_METADATA, when: 'amid' },
  },
  {
    name: 'stage: the metadata is written and nothing names it',
    run: 'merge',
    at: { call: 'query', match: '^move-table', when: 'before' },
  },
  {
    name: 'stage: the pointer is moved and not committed',
    run: 'append',
    at: { call: 'query', match: '^COMMIT of .*move-table', when: 'before' },
  },
  { name: 'stage: the branch is committed', run: 'merge', at: STAGED },
  {
    name: 'test: a test has ended',
    run: 'append',
    at: { call: 'message', match: '"type":"quality"', when: 'before' },
  },
  {
    name: 'publish: half the metadata is written',
    run: 'append',
    at: { call: 'write', match: ARRIVING_METADATA, when: 'amid', nth: 2 },
  },
  {
    name: 'publish: the metadata is written and nothing names it',
    run: 'merge',
    at: { call: 'query', match: '^publish-run', when: 'before' },
  },
  {
    name: 'publish: the run is a success and the pointer is not moved',
    run: 'append',
    at: { call: 'query', match: '^publish-run', when: 'after' },
  },
  {
    name: 'publish: the pointer is moved too, and nothing committed',
    run: 'merge',
    at: { call: 'query', match: COMMIT_PUBLISH, when: 'before' },
  },
  {
    name: 'publish: all is committed and the runner does not know',
    run: 'append',
    at: { call: 'query', match: COMMIT_PUBLISH, when: 'after' },
    isPublished: true,
  },
  {
    name: 'publish: the old metadata is to be removed',
    run: 'merge',
    at: { call: 'remove', match: METADATA, when: 'before', nth: 2 },
    isPublished: true,
  },
  {
    name: 'archive: no file is moved away yet',
    run: 'archive',
    at: { call: 'rename', match: '/landing/', when: 'before', since: COMMIT_PUBLISH },
    isPublished: true,
  },
  {
    name: 'archive: one of two files is moved away',
    run: 'archive',
    at: { call: 'rename', match: '/landing/', when: 'after', since: COMMIT_PUBLISH },
    isPublished: true,
  },
  {
    name: 'archive: all is moved away and not noted',
    run: 'archive',
    at: {
      call: 'query',
      match: "^UPDATE landing_reads SET archive = 'done'",
      when: 'before',
      since: COMMIT_PUBLISH,
    },
    isPublished: true,
  },
  {
    name: 'discard: the version without the branch is half written',
    run: 'append',
    at: STAGED,
    next: { call: 'write', match: ARRIVING_METADATA, when: 'amid' },
  },
  {
    name: 'discard: the branch is dropped and its files are there',
    run: 'merge',
    at: STAGED,
    next: STAGED,
  },
  {
    name: 'discard: the files of the dead attempt are gone',
    run: 'append',
    at: STAGED,
    next: { call: 'remove', match: ATTEMPT_FOLDER, when: 'after' },
  },
  {
    name: 'maintain: a dead branch is dropped and not committed',
    run: 'maintain',
    at: { call: 'query', match: '^COMMIT of .*move-table', when: 'before' },
  },
  {
    name: 'maintain: a dead branch is dropped and its files are there',
    run: 'maintain',
    at: STAGED,
  },
  {
    name: 'maintain: the first file of it is removed',
    run: 'maintain',
    at: { call: 'remove', match: String.raw`\.(parquet|avro)$`, when: 'after' },
  },
  {
    name: 'maintain: joined files are written and nothing names them',
    run: 'maintain',
    at: { call: 'message', match: '"type":"compacted"', when: 'before' },
  },
  {
    name: 'maintain: joined files are part of a version that nobody sees',
    run: 'maintain',
    at: { call: 'query', match: '^COMMIT of .*move-table', when: 'before', nth: 2 },
  },
  {
    name: 'maintain: joined files are in the table',
    run: 'maintain',
    at: { ...STAGED, nth: 2 },
  },
];
