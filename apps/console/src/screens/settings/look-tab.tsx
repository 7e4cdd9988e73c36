import type { ReactNode } from 'react';
import { setSingleKeys, useSingleKeys } from '../../keys/single-keys.ts';
import { useSession } from '../../parts/use-session.ts';
import { setTheme, THEMES, useTheme, type Theme } from '../../theme.ts';
import { formatTime, setZone, Time, useNow, useZone, type Zone } from '../../time.tsx';
import styles from './settings-screen.module.css';

const THEME_WORDS: Record<Theme, string> = {
  system: 'As the system',
  light: 'Light',
  dark: 'Dark',
};
const ZONE_WORDS: Record<Zone, string> = { local: 'Local', utc: 'UTC' };

const SINGLES_WORDS = { on: 'On; ? shows them', off: 'Off; only Ctrl-K acts' };

/** The choices of this browser, and who uses it. */
export function LookTab(): ReactNode {
  const theme = useTheme();
  const zone = useZone();
  const areSinglesOn = useSingleKeys();
  const now = new Date(useNow(1_000));
  return (
    <div className={styles.look}>
      <Choice
        legend="Theme"
        of={THEMES.map((one) => ({ value: one, words: THEME_WORDS[one] }))}
        chosen={theme}
        onChoose={setTheme}
      />
      <Choice
        legend="Times"
        of={(['local', 'utc'] as const).map((one) => ({
          value: one,
          words: `${ZONE_WORDS[one]}: ${formatTime(now, 'full', one)}`,
        }))}
        chosen={zone}
        onChoose={setZone}
      />
      <Choice
        legend="Keys without Ctrl"
        of={(['on', 'off'] as const).map((one) => ({ value: one, words: SINGLES_WORDS[one] }))}
        chosen={areSinglesOn ? 'on' : 'off'}
        onChoose={(one) => setSingleKeys(one === 'on')}
      />
      <Person />
    </div>
  );
}

function Choice<Value extends string>({
  legend,
  of,
  chosen,
  onChoose,
}: {
  legend: string;
  of: readonly { value: Value; words: string }[];
  chosen: Value;
  onChoose: (value: Value) => void;
}): ReactNode {
  return (
    <fieldset className={styles.choice}>
      <legend>{legend}</legend>
      {of.map(({ value, words }) => (
        <label key={value}>
          <input
            type="radio"
            name={legend}
            checked={value === chosen}
            onChange={() => onChoose(value)}
          />
          {words}
        </label>
      ))}
    </fieldset>
  );
}

function Person(): ReactNode {
  const session = useSession();
  if (session === undefined) return null;
  const { name, role, namespaces, expires_at: expiresAt } = session;
  return (
    <section className={styles.person} aria-labelledby="person">
      <h2 id="person">You</h2>
      <dl className={styles.facts}>
        <dt>Name</dt>
        <dd>{name ?? (session.sign_in ? 'none' : 'none: sign-in is off')}</dd>
        <dt>Role</dt>
        <dd>{role}</dd>
        <dt>Namespaces</dt>
        <dd>{namespaces === null ? 'all' : namespaces.join(', ')}</dd>
        {expiresAt !== null && (
          <>
            <dt>Signed in until</dt>
            <dd>
              <Time at={expiresAt} />
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}
