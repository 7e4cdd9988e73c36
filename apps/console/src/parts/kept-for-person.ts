let person: string | undefined;

/** Notes who is signed in, before any screen is shown; undefined while sign-in is off. */
export function keepFor(name: string | undefined): void {
  person = name;
}

/**
 * Under which key this browser keeps something of a person. Texts of one person are shown to no other
 * one who signs in here, and are still there when the first one comes back.
 *
 * @example
 * localStorage.getItem(keptAs('rat.queries'));
 */
export function keptAs(name: string): string {
  return person === undefined ? name : `${name} of ${person}`;
}
