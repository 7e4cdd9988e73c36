/** The launcher cannot continue; `message` is complete and for the person at the terminal. */
export class LauncherError extends Error {
  override name = 'LauncherError';
}
