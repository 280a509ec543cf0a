/** What `Timeline` makes of step stats. */
import * as tf from '@sessionflow/core';
import { parseText, StepStats } from '@sessionflow/core/proto';
import type { Programs } from './program.js';

const text = `
dev_stats { device: "/job:localhost/replica:0/task:0/device:CPU:0"
  node_stats { node_name: "_SOURCE" all_start_micros: 100 all_end_rel_micros: 1 timeline_label: "_SOURCE = NoOp()" }
  node_stats { node_name: "x" all_start_micros: 101 all_end_rel_micros: 9 timeline_label: "[cpu 1.0MB 1.0MB] x = Cast(c)"
    output { tensor_description { dtype: DT_FLOAT shape { dim { size: 2 } dim { size: 3 } } allocation_description { requested_bytes: 24 allocated_bytes: 64 allocator_name: "cpu" allocation_id: 3 ptr: 77 } } } }
  node_stats { node_name: "split" all_start_micros: 110 all_end_rel_micros: 20 timeline_label: "split = Split(axis, x)"
    output { slot: 0 tensor_description { allocation_description { requested_bytes: 12 allocator_name: "cpu" } } }
    output { slot: 1 tensor_description { allocation_description { requested_bytes: 100 allocator_name: "cpu" } } } }
  node_stats { node_name: "beside" all_start_micros: 115 all_end_rel_micros: 30 timeline_label: "beside = Add(split:1, x, ^split)" output { } }
  node_stats { node_name: "last" all_start_micros: 131 all_end_rel_micros: 0 timeline_label: "last = AddN(split:1, beside, y/_12, gone, z/_7)" }
  node_stats { node_name: "odd" all_start_micros: 131 all_end_rel_micros: 5 timeline_label: "a label of its own" }
  node_stats { node_name: "RecvTensor" all_start_micros: 90 op_end_rel_micros: 42 timeline_label: "[1024B] edge_160_w from /job:ps/replica:0/task:3/cpu:0 to /job:worker/replica:0/task:0/cpu:0" } }
dev_stats { device: "/job:localhost/replica:0/task:0/device:GPU:0"
  node_stats { node_name: "y" all_start_micros: 111 all_end_rel_micros: 7 timeline_label: "y = Conv2D(x/_3, w)"
    output { tensor_description { dtype: DT_HALF allocation_description { requested_bytes: 4096 allocator_name: "GPU_0_bfc" } } } }
  node_stats { node_name: "noop" all_start_micros: 119 all_end_rel_micros: 1 timeline_label: "noop = NoOp(^y, x)" } }
dev_stats { device: "/device:GPU:0/stream:all"
  node_stats { node_name: "y:Conv2D" all_start_micros: 112 all_end_rel_micros: 3 timeline_label: "kernel = Of(x)" }
  node_stats { node_name: "alone" all_start_micros: 112 all_end_rel_micros: 3 timeline_label: "4 bytes" } }
dev_stats { device: "/device:GPU:0/memcpy" }
`;

const timeline = (stats = text): tf.Timeline => new tf.Timeline(parseText(StepStats, stats));

export const traces: Programs = {
  async traces_of_step_stats(say) {
    for (const flags of [{}, { showMemory: true }, { showDataflow: false }, { showDataflow: false, showMemory: true }]) say(timeline().generateChromeTraceFormat(flags));
    const { allocatorMaximums } = timeline().analyzeStepStats();
    say([...allocatorMaximums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, most]) => [name, most.timestamp, most.numBytes, [...most.tensors].sort()]));
    say(timeline().analyzeStepStats({ showMemory: false }).allocatorMaximums.size);
  },

  async traces_of_nothing(say) {
    say(timeline('').generateChromeTraceFormat(), timeline('dev_stats { }').generateChromeTraceFormat({ showMemory: true }));
  },
};
