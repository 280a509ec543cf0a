/** Which edges have no case of their own, by rules, and why. */
interface Rule {
  readonly ops: RegExp;
  /** Rows that are missing; all where there are none. */
  readonly rows?: RegExp;
  readonly why: string;
}

const rules: readonly Rule[] = [
  { ops: /^_/, why: 'the runtime makes these itself; whole graphs show them' },
  { ops: /^(Ref)?(Switch|Merge|Enter|Exit|NextIteration|Identity)$|^LoopCond$/, why: 'control flow moves values untouched; loops and branches are in the graphs' },
  { ops: /^(Placeholder|PlaceholderV2|HostConst|FakeParam|NoOp|ControlTrigger|DeviceIndex|Timestamp)$/, why: 'nothing is computed' },
  { ops: /^(Print|PrintV2|DebugIdentity|Assert)$/, why: 'what they write is no result; the tests beside the session show it' },
  { ops: /^(GetSession|DeleteSession)/, why: 'a handle lives in one session; its tests show them' },
  { ops: /^TopK$/, why: 'TensorFlow 2 has no kernel for it any more' },
];

/** Why an op needs no case for a row. */
export function without(op: string, _dtype: string, row: string): string | undefined {
  return rules.find(({ ops, rows }) => ops.test(op) && (rows?.test(row) ?? true))?.why;
}
