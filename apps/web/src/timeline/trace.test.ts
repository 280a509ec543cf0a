import { Timeline } from '@sessionflow/core';
import { expect, test } from 'vitest';
import { formatMicros, parseTrace, timeByOp } from './trace.js';

const cpu = '/job:localhost/replica:0/task:0/device:CPU:0';
const gpu = '/job:localhost/replica:0/task:0/device:GPU:0';
const stats = (nodeName: string, start: number, duration: number, timelineLabel: string) => ({ nodeName, allStartMicros: BigInt(start), allEndRelMicros: BigInt(duration), timelineLabel, output: [{ slot: 0 }] });

test('reads what Timeline writes: lanes by device, events from zero on, and what goes between devices', () => {
  const trace = parseTrace(new Timeline({ devStats: [
    { device: cpu, nodeStats: [stats('x', 1000, 10, 'x = Cast()'), stats('late', 1005, 20, 'late = Relu(x)'), stats('end', 1100, 0, 'end = Softmax(conv)')] },
    { device: gpu, nodeStats: [stats('conv', 1020, 60, 'conv = Conv2D(x)')] },
  ] }).generateChromeTraceFormat());
  expect(trace.lanes).toEqual([{ device: cpu, isFirst: true }, { device: cpu, isFirst: false }, { device: gpu, isFirst: true }]);
  expect(trace.events.map(({ op, node, start, duration, lane }) => [op, node, start, duration, lane])).toEqual([
    ['Cast', 'x', 0, 10, 0], ['Relu', 'late', 5, 20, 1], ['Conv2D', 'conv', 20, 60, 2], ['Softmax', 'end', 100, 0, 0],
  ]);
  expect(trace.events[2]!.inputs).toEqual(['x']);
  expect(trace.flows).toEqual([
    { tensor: 'conv', from: { lane: 2, time: 80 }, to: { lane: 0, time: 100 } }, { tensor: 'x', from: { lane: 0, time: 10 }, to: { lane: 2, time: 20 } },
  ]);
  expect(trace.duration).toBe(100);
  expect(timeByOp(trace.events)[0]).toEqual({ op: 'Conv2D', device: gpu, count: 1, micros: 60 });
});

test('an empty trace is one', () => {
  expect(parseTrace('{"traceEvents": []}')).toEqual({ lanes: [], events: [], flows: [], duration: 0 });
});

test('times for people', () => {
  expect([0, 999, 1500, 12345, 2.5e6].map(formatMicros)).toEqual(['0 µs', '999 µs', '1.50 ms', '12.3 ms', '2.50 s']);
});
