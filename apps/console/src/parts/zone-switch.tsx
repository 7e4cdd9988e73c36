import type { ReactNode } from 'react';
import { setZone, useZone } from '../time.tsx';

/** In which zone the console shows times. */
export function ZoneSwitch(): ReactNode {
  const zone = useZone();
  return (
    <select
      aria-label="time zone"
      value={zone}
      onChange={({ target }) => setZone(target.value === 'utc' ? 'utc' : 'local')}
    >
      <option value="local">Local</option>
      <option value="utc">UTC</option>
    </select>
  );
}
