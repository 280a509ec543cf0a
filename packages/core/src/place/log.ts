/** What a placement says while it works. */

/**
 * `placement`: where a node went; TensorFlow prints these to stdout and to its INFO log. `info`: a wish that was overruled; INFO log only.
 * `warning`: a resource was moved; said whether or not placement is logged.
 */
export interface LogEntry {
  readonly kind: 'placement' | 'info' | 'warning';
  readonly text: string;
}

export class PlacementLog {
  readonly entries: LogEntry[] = [];

  constructor(readonly logDevicePlacement: boolean) {}

  placed(node: string, op: string, device: string): void {
    if (this.logDevicePlacement) this.entries.push({ kind: 'placement', text: `${node}: (${op}): ${device}` });
  }

  /** The text is made only when it is wanted: it may be long. */
  info(text: () => string): void {
    if (this.logDevicePlacement) this.entries.push({ kind: 'info', text: text() });
  }

  warning(text: string): void {
    this.entries.push({ kind: 'warning', text });
  }
}
