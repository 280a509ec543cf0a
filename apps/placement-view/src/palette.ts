/** Colours of devices: distinct in hue and in lightness, readable on light and dark. Copies have a colour of their own that no device gets. */
import { shortDevice, type PlacementReport } from './report.js';

const hues = ['#3574d4', '#2b9a66', '#8e5bd0', '#b0852b', '#c2468f', '#1c98a8', '#7a8b2c', '#8a6d5c'] as const;

/** Style text that sets `--device` for one device of a report. */
export function deviceStyle(report: PlacementReport, device: string): string {
  return `--device: ${deviceColor(report, device)}`;
}

export function deviceColor(report: PlacementReport, device: string): string {
  // CPUs first, whatever the session's order: a CPU looks the same in every picture.
  const ordered = [...report.devices.filter(({ type }) => type === 'CPU'), ...report.devices.filter(({ type }) => type !== 'CPU')];
  const at = ordered.findIndex(({ name }) => name === device);
  return at < 0 ? '#888888' : hues[at % hues.length]!;
}

/** Short names where they are enough to tell devices apart, else full ones. */
export function deviceLabel(report: PlacementReport, device: string): string {
  const short = shortDevice(device);
  return report.devices.filter(({ name }) => shortDevice(name) === short).length > 1 ? device : short;
}
