/**
 * Fields of a ConfigProto or of RunOptions that are set and do nothing here: never in silence. What acts is listed; everything else that is
 * set gets one line, with the reason where there is one to give, so that a field which is new to the schema is said, too.
 */
import type { Message, MessageType } from '../proto/index.js';

/** Fields by their path in proto names, for which session/configFields.test.ts has a proof each. */
const acting: ReadonlySet<string> = new Set([
  'device_count', 'intra_op_parallelism_threads', 'allow_soft_placement', 'log_device_placement', 'operation_timeout_in_ms',
  'isolate_session_state',
  'gpu_options.visible_device_list', 'gpu_options.allow_growth', 'gpu_options.per_process_gpu_memory_fraction',
  'gpu_options.experimental.virtual_devices.memory_limit_mb',
  'graph_options.optimizer_options.opt_level', 'graph_options.optimizer_options.do_constant_folding',
  'graph_options.optimizer_options.do_common_subexpression_elimination', 'graph_options.place_pruned_graph', 'graph_options.infer_shapes',
  'graph_options.build_cost_model', 'graph_options.build_cost_model_after',
  'graph_options.rewrite_options.constant_folding', 'graph_options.rewrite_options.common_subgraph_elimination',
  'experimental.session_metadata.name', 'experimental.session_metadata.version', 'experimental.executor_type', 'experimental.optimize_for_static_graph',
  'experimental.disable_output_partition_graphs',
]);

const eventLoop = 'the steps of a run are driven by one event loop; the threads of kernels are intra_op_parallelism_threads';
const distributed = 'it acts in distributed sessions only';

/** Why a field does nothing, by path or the beginning of one; the longest counts. */
const reasons: Readonly<Record<string, string>> = {
  placement_period: 'TensorFlow does not use it either',
  inter_op_parallelism_threads: eventLoop,
  use_per_session_threads: eventLoop,
  session_inter_op_thread_pool: `its numbers are checked, but ${eventLoop}`,
  device_filters: distributed,
  cluster_def: distributed,
  rpc_options: distributed,
  share_cluster_devices_in_session: distributed,
  'gpu_options.experimental.virtual_devices.priority': 'streams have no priorities',
  gpu_options: 'it tunes TensorFlow\'s own GPU device',
  'gpu_options.allocator_type': 'each device has one allocator',
  graph_options: 'no stage of the compiler has such a choice',
  'graph_options.timeline_step': 'TensorFlow does not use it either; ask for a trace in RunOptions',
  'graph_options.optimizer_options.do_function_inlining': 'functions are plans of their own',
  'graph_options.optimizer_options.global_jit_level': 'every graph is compiled',
  'graph_options.optimizer_options.cpu_global_jit': 'every graph is compiled',
  'graph_options.rewrite_options': 'the compiler has its own passes; constant_folding and common_subgraph_elimination switch two of them',
  experimental: 'there is nothing like it in this runtime',
  pluggable_device_options: 'devices are packages with options of their own',
};

function isSet(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === 0n || value === '') return false;
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return (value as { readonly length?: number }).length !== 0;
  return !(value instanceof Map) || value.size > 0;
}

function reasonOf(path: string): string | undefined {
  for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) {
    const reason = Object.hasOwn(reasons, at) ? reasons[at] : undefined;
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** One line per field that is set and does nothing. `acts`: what does something, by default in a ConfigProto. */
export function idleFields(type: MessageType, message: object, what: string, acts: ReadonlySet<string> = acting): string[] {
  const lines = new Set<string>();
  const walk = (schema: MessageType, value: object, prefix: string): void => {
    for (const field of schema.fields) {
      const set = (value as Readonly<Record<string, unknown>>)[field.key];
      const path = prefix + field.name;
      if (!isSet(set) || acts.has(path)) continue;
      // An enum's default name says no more than its absence.
      if (field.type === 'enum' && typeof set === 'string' && (field.enum().numbers)[set] === 0) continue;
      // Of a list of messages none of whose fields acts, the list is said.
      const hasActing = [...acts].some((other) => other.startsWith(`${path}.`));
      if (field.type === 'message' && field.mapKey === undefined && (!field.repeated || hasActing)) {
        for (const each of field.repeated ? (set as readonly object[]) : [set as object]) walk(field.message(), each, `${path}.`);
        continue;
      }
      const reason = reasonOf(path);
      lines.add(`${what}: ${path} has no effect${reason === undefined ? '' : `: ${reason}`}.`);
    }
    const { unknownFields = [] } = value as Message;
    if (unknownFields.length > 0) lines.add(`${what}: ${unknownFields.length} ${prefix === '' ? 'fields' : `fields of ${prefix.slice(0, -1)}`} that this schema does not know have no effect; they are kept.`);
  };
  walk(type, message, '');
  return [...lines];
}

/** What acts in RunOptions. */
export const actingRunOptions: ReadonlySet<string> = new Set([
  'trace_level', 'timeout_in_ms', 'inter_op_thread_pool', 'output_partition_graphs', 'report_tensor_allocations_upon_oom',
]);
