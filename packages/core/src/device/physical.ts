/** Which devices of different backends are one piece of hardware. */

/** What a backend knows of the hardware behind a device. */
export interface PhysicalIdentity {
  /** The name that the driver gives: `NVIDIA H100 80GB HBM3`. */
  readonly name: string;
  /** Where it is plugged in, where that is known: a PCI address, `0000:65:00.0`. */
  readonly bus?: string;
}

/**
 * Two identities are one device if they are plugged in at one place or, where one of the two does not know the place, if their names have the
 * same letters and digits in any case. Of several devices with one name, the caller pairs each with one other at most. Nothing is the same as
 * what is not known.
 */
export function isSamePhysical(a: PhysicalIdentity | undefined, b: PhysicalIdentity | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  if (a.bus !== undefined && b.bus !== undefined) return a.bus.toLowerCase() === b.bus.toLowerCase();
  const name = plain(a.name);
  return name !== '' && name === plain(b.name);
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
