/**
 * Kills a service with SIGKILL at one named step, so that a test sees what a crash at exactly this
 * step leaves behind. It is preloaded: `NODE_OPTIONS=--import=…/die-at.mjs`. The steps are visible
 * from outside: a file written, removed or moved, a statement answered by Postgres, a message from
 * a child. The service has no code for it.
 *
 * RAT_TEST_DIE_AT is JSON: `{"call": "write" | "mkdir" | "remove" | "rename" | "query" | "message",
 * "match": <regular expression>, "when": "before" | "amid" | "after", "nth": <from 1>}`. `amid` is
 * for writes: half the bytes are written. A query is matched by its name or text, a COMMIT by
 * `COMMIT of <the statements of its transaction>`. With `since`, a step counts only after a query
 * that matches it: every runner also cleans up after others, with the same steps.
 */
import { ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import pg from 'pg';

const point = JSON.parse(process.env.RAT_TEST_DIE_AT ?? 'null');
if (point !== null) {
  watchFiles();
  watchQueries();
  watchMessages();
}

function watchFiles() {
  const { open, mkdir, rm, rename, link } = fs.promises;
  fs.promises.open = async (path, flags, ...rest) => {
    if (flags !== 'wx') return open(path, flags, ...rest);
    return openNew(await around('write', path, () => open(path, flags, ...rest), 'before'), path);
  };
  fs.promises.mkdir = (path, ...rest) => around('mkdir', path, () => mkdir(path, ...rest));
  fs.promises.rm = (path, ...rest) => around('remove', path, () => rm(path, ...rest));
  fs.promises.rename = (from, to) => around('rename', from, () => rename(from, to));
  fs.promises.link = (from, to) => around('rename', from, () => link(from, to));
  syncBuiltinESMExports();
}

/** Watches the handle of a new file, which is written once and then closed. */
function openNew(handle, path) {
  const writeFile = handle.writeFile.bind(handle);
  const close = handle.close.bind(handle);
  handle.writeFile = async (bytes, ...rest) => {
    if (!isPoint('write', path, 'amid')) return writeFile(bytes, ...rest);
    await writeFile(bytes.subarray(0, bytes.length >> 1));
    return die();
  };
  handle.close = () => around('write', path, close, 'after');
  return handle;
}

function watchQueries() {
  const query = Reflect.get(pg.Client.prototype, 'query');
  pg.Client.prototype.query = function (statement, ...rest) {
    const name = nameOf(this, statement);
    if (name === undefined) return query.call(this, statement, ...rest);
    if (point.since !== undefined && new RegExp(point.since, 's').test(name)) begun = true;
    if (isPoint('query', name, 'before')) die();
    const isPointAfter = isPoint('query', name, 'after');
    const callback = rest.at(-1);
    if (isPointAfter && typeof callback === 'function') rest[rest.length - 1] = () => die();
    const answer = query.call(this, statement, ...rest);
    return isPointAfter && typeof answer?.then === 'function' ? answer.then(die, die) : answer;
  };
}

const transactions = new WeakMap();

function nameOf(client, statement) {
  const text = statement?.name ?? statement?.text ?? statement;
  if (typeof text !== 'string') return undefined;
  if (text === 'BEGIN') {
    transactions.set(client, []);
    return text;
  }
  if (text === 'COMMIT') return `COMMIT of ${(transactions.get(client) ?? []).join('; ')}`;
  transactions.get(client)?.push(text);
  return text;
}

/**
 * Watches messages from children; `after` is when the listeners returned, not when their work is
 * done.
 */
function watchMessages() {
  const emit = Reflect.get(ChildProcess.prototype, 'emit');
  ChildProcess.prototype.emit = function (event, ...rest) {
    if (event !== 'message') return emit.call(this, event, ...rest);
    const text = JSON.stringify(rest[0], (_, value) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    if (isPoint('message', text, 'before')) die();
    const heard = emit.call(this, event, ...rest);
    if (isPoint('message', text, 'after')) die();
    return heard;
  };
}

async function around(call, subject, act, only) {
  if (only !== 'after' && isPoint(call, subject, 'before')) die();
  const answer = await act();
  if (only !== 'before' && isPoint(call, subject, 'after')) die();
  return answer;
}

let seen = 0;
let begun = point?.since === undefined;

function isPoint(call, subject, when) {
  if (!begun || call !== point.call || when !== point.when) return false;
  if (!new RegExp(point.match, 's').test(String(subject))) return false;
  seen += 1;
  return seen === (point.nth ?? 1);
}

function die() {
  process.kill(process.pid, 'SIGKILL');
  // The signal may arrive a moment later; no other code may run until then.
  for (;;);
}
