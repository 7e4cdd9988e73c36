/** The launcher cannot go on; `message` is for the person at the terminal and complete by itself. */
export class LauncherError extends Error {
  override name = 'LauncherError';
}
