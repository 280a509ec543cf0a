/** Gathers what a traced run reports into a StepStats message. */
import type { LaunchTime } from '../device/device.js';
import type { StepStatsSink } from '../execute/runContext.js';
import type { NodeExecStats, StepStats } from '../proto/index.js';

export class StatsCollector implements StepStatsSink {
  private readonly byDevice = new Map<string, NodeExecStats[]>();

  add(device: string, time: LaunchTime, label: string): void {
    const list = this.byDevice.get(device) ?? [];
    this.byDevice.set(device, list);
    const length = Math.round(time.end - time.start);
    const nanos = Math.round((time.end - time.start) * 1000);
    const start = Math.round(time.start);
    list.push({
      nodeName: time.nodes[0] ?? '',
      timelineLabel: `${time.nodes[0] ?? ''} = ${label}()`,
      allStartMicros: start, opStartRelMicros: 0, opEndRelMicros: length, allEndRelMicros: length,
      allStartNanos: Math.round(time.start * 1000), opStartRelNanos: 0, opEndRelNanos: nanos, allEndRelNanos: nanos,
      scheduledMicros: start, scheduledNanos: Math.round(time.start * 1000),
    });
  }

  stepStats(): StepStats {
    return { devStats: [...this.byDevice].map(([device, nodeStats]) => ({ device, nodeStats })) };
  }
}
