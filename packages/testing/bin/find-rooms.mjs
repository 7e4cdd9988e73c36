// The words of a command line for Jest, where the names of rooms stand for their tests.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const LAYERS = ['unit', 'int', 'e2e'];

/**
 * `--selectProjects e2e cli` → `--selectProjects e2e --testPathPatterns apps/cli/`. Jest would take `cli` for one more
 * project. Every other word stays as it is.
 */
export function findRooms(words, root) {
  const start = words.indexOf('--selectProjects');
  if (start < 0) return words;
  const next = words.findIndex((word, i) => i > start && word.startsWith('-'));
  const end = next < 0 ? words.length : next;
  const named = words.slice(start + 1, end);
  const layers = named.filter((word) => LAYERS.includes(word));
  const rooms = named.filter((word) => !LAYERS.includes(word));
  if (rooms.length === 0) return words;
  const patterns = rooms.map((room) => findRoom(room, root));
  return [
    ...words.slice(0, start + 1),
    ...layers,
    '--testPathPatterns',
    ...patterns,
    ...words.slice(end),
  ];
}

/** The folder of a room; any other word is a part of the path of a test. */
function findRoom(room, root) {
  const folder = ['apps', 'packages'].find((one) => existsSync(join(root, one, room)));
  return folder === undefined ? room : `${folder}/${room}/`;
}
