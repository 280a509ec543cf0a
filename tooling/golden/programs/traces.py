"""What `Timeline` makes of step stats."""

from google.protobuf import text_format
from tensorflow.core.framework import step_stats_pb2
from tensorflow.python.client import timeline

from program_case import program

STATS = """
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
"""


def stats(text):
    return text_format.Parse(text, step_stats_pb2.StepStats())


@program
def traces_of_step_stats(say):
    for flags in ({}, {"show_memory": True}, {"show_dataflow": False}, {"show_dataflow": False, "show_memory": True}):
        say(timeline.Timeline(stats(STATS)).generate_chrome_trace_format(**flags))
    maximums = timeline.Timeline(stats(STATS)).analyze_step_stats().allocator_maximums
    say([[name, most.timestamp, most.num_bytes, sorted(most.tensors)] for name, most in sorted(maximums.items())])
    say(len(timeline.Timeline(stats(STATS)).analyze_step_stats(show_memory=False).allocator_maximums))


@program
def traces_of_nothing(say):
    say(timeline.Timeline(stats("")).generate_chrome_trace_format(), timeline.Timeline(stats("dev_stats { }")).generate_chrome_trace_format(show_memory=True))
