/** Chrome's trace format as lanes: what `Timeline` writes, read again. */

export interface TraceEvent {
  /** The op, as the trace names it. */
  readonly op: string;
  readonly node: string;
  readonly device: string;
  /** Microseconds from the first event on. */
  readonly start: number;
  readonly duration: number;
  readonly lane: number;
  readonly inputs: readonly string[];
}

export interface TraceFlow {
  readonly tensor: string;
  readonly from: { readonly lane: number; readonly time: number };
  readonly to: { readonly lane: number; readonly time: number };
}

export interface TraceLane {
  readonly device: string;
  /** The first lane of its device bears the name. */
  readonly isFirst: boolean;
}

export interface Trace {
  readonly lanes: readonly TraceLane[];
  /** In the order of their starts. */
  readonly events: readonly TraceEvent[];
  readonly flows: readonly TraceFlow[];
  /** Microseconds. */
  readonly duration: number;
}

interface RawEvent {
  readonly ph: string;
  readonly name: string;
  readonly pid: number;
  readonly tid?: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly id?: number;
  readonly args?: Readonly<Record<string, string>>;
}

export function parseTrace(text: string): Trace {
  const { traceEvents } = JSON.parse(text) as { readonly traceEvents: readonly RawEvent[] };
  const names = new Map(traceEvents.filter(({ ph, name }) => ph === 'M' && name === 'process_name').map(({ pid, args }) => [pid, (args?.['name'] ?? '').replace(/ Compute$/, '')]));
  const spans = traceEvents.filter(({ ph }) => ph === 'X');
  const { lanes, laneOf } = pack(spans, names);
  // Flows name the lane that Timeline chose; the node at that end tells ours.
  const lane = ({ pid, tid = 0, ts = 0 }: RawEvent): number => laneOf.get(spans.find((span) => span.pid === pid && (span.tid ?? 0) === tid && (span.ts === ts || (span.ts ?? 0) + (span.dur ?? 0) === ts)) ?? spans[0]!) ?? 0;
  const begin = spans.reduce((least, { ts = 0 }) => Math.min(least, ts), Infinity);
  const end = spans.reduce((most, { ts = 0, dur = 0 }) => Math.max(most, ts + dur), -Infinity);
  const events = spans.map((event): TraceEvent => ({
    op: event.name, node: event.args?.['name'] ?? '', device: names.get(event.pid) ?? '', start: (event.ts ?? 0) - begin, duration: event.dur ?? 0, lane: laneOf.get(event) ?? 0,
    inputs: Object.entries(event.args ?? {}).filter(([key]) => key.startsWith('input')).map(([, input]) => input),
  })).sort((a, b) => a.start - b.start);
  return {
    lanes, events, flows: flowsOf(traceEvents, lane, begin), duration: Math.max(0, end - begin),
  };
}

/**
 * Lanes of each device in which no two events overlap. Timeline opens a lane for what begins in the microsecond in which another ends; clocks of
 * browsers are coarser than that, so that here an event may begin when the one before ends.
 */
function pack(spans: readonly RawEvent[], names: ReadonlyMap<number, string>): { lanes: TraceLane[]; laneOf: ReadonlyMap<RawEvent, number> } {
  const lanes: TraceLane[] = [];
  const laneOf = new Map<RawEvent, number>();
  for (const pid of [...new Set(spans.map((span) => span.pid))].sort((a, b) => a - b)) {
    const first = lanes.length;
    const ends: number[] = [];
    for (const span of spans.filter((candidate) => candidate.pid === pid).sort((a, b) => (a.ts ?? 0) - (b.ts ?? 0))) {
      const { ts = 0, dur = 0 } = span;
      let at = ends.findIndex((end) => end <= ts);
      if (at < 0) at = ends.length;
      ends[at] = ts + dur;
      laneOf.set(span, first + at);
    }
    lanes.push(...ends.map((_, i) => ({ device: names.get(pid) ?? '', isFirst: i === 0 })));
  }
  return { lanes, laneOf };
}

function flowsOf(traceEvents: readonly RawEvent[], lane: (event: RawEvent) => number, begin: number): TraceFlow[] {
  const starts = new Map(traceEvents.filter(({ ph }) => ph === 's').map((event) => [event.id, event]));
  return traceEvents.filter(({ ph }) => ph === 't').flatMap((event): TraceFlow[] => {
    const from = starts.get(event.id);
    // Only what goes from device to device: within one, lanes say nothing of data.
    if (from === undefined || from.pid === event.pid) return [];
    return [{ tensor: event.name, from: { lane: lane(from), time: (from.ts ?? 0) - begin }, to: { lane: lane(event), time: (event.ts ?? 0) - begin } }];
  });
}

/** Microseconds for people. */
export function formatMicros(micros: number): string {
  return micros < 1000 ? `${micros.toFixed(0)} µs` : micros < 1e6 ? `${(micros / 1000).toPrecision(3)} ms` : `${(micros / 1e6).toPrecision(3)} s`;
}

/** Time by op, most first. */
export function timeByOp(events: readonly TraceEvent[]): readonly { readonly op: string; readonly device: string; readonly count: number; readonly micros: number }[] {
  const rows = new Map<string, { op: string; device: string; count: number; micros: number }>();
  for (const { op, device, duration } of events) {
    const row = rows.get(`${op} ${device}`) ?? { op, device, count: 0, micros: 0 };
    rows.set(`${op} ${device}`, row);
    row.count++;
    row.micros += duration;
  }
  return [...rows.values()].sort((a, b) => b.micros - a.micros);
}
