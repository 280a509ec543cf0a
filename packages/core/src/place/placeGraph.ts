/** The placer for GraphDefs: `@sessionflow/core/placer`. */
import { allDTypes, dtypeInfo, type DType } from '../dtypes.js';
import { InvalidArgumentError } from '../errors.js';
import type { NodeData } from '../graph/graphData.js';
import type { ArgDef, AttrDef, OpSignature } from '../ops/opDef.js';
import { opDefinition } from '../ops/registry.js';
import { attrFromProto } from '../proto/attrValue.js';
import type { GraphDef } from '../proto/generated/graph.js';
import { OpDef, type OpDef_ArgDef, type OpDef_AttrDef } from '../proto/generated/opDef.js';
import { graphDefToProto } from '../proto/graphDef.js';
import type { GraphDefData } from '../proto/graphDefData.js';
import { fromJson } from '../proto/json.js';
import { dtypeFromProto } from '../proto/shapeProto.js';
import { attrOrDefault, ownSignatures } from './declaredTypes.js';
import { DeviceSet } from './deviceSet.js';
import { finish } from '../stage.js';
import { readGraphDef } from './fromGraphDef.js';
import { PlacementLog } from './log.js';
import { attrsText, dataTypeText } from './nodeText.js';
import { PlacerGraph } from './placerGraph.js';
import type { Reason } from './reasons.js';
import { placementOptions, solve, type CommonOptions } from './solve.js';
import type { DeviceSupport } from './support.js';

/** A kernel of an op on one device. */
export type KernelSpec =
  | true
  | {
      /** Kernel priority: a device whose kernel has a higher one is preferred. 0 unless said. */
      readonly priority?: number | undefined;
      /** The dtypes that the kernel is there for (`float32` or `DT_FLOAT`), by the op's type attribute. Left out: all. */
      readonly dtypes?: readonly string[] | undefined;
    };

/** A device of the set. */
export interface DeviceSpec {
  /** Full name: `/job:localhost/replica:0/task:0/device:GPU:0`. */
  readonly name: string;
  readonly type: string;
  /** The type's rank among types, higher first; GPU 210, CPU 60, others 50 unless said. */
  readonly priority?: number | undefined;
  readonly supports: Readonly<Record<string, KernelSpec>>;
}

export interface PlaceGraphOptions extends CommonOptions {
  readonly devices: readonly DeviceSpec[];
  /** OpDefs (messages or proto3 JSON) of ops outside the registry. They go before the registry's. */
  readonly opDefs?: readonly object[] | undefined;
  /** Node → device where an earlier placement put it. */
  readonly assigned?: Readonly<Record<string, string>> | undefined;
}

export interface GraphPlacement {
  /** Node → full device name. */
  readonly placement: Readonly<Record<string, string>>;
  readonly log: readonly string[];
  readonly reasons: Readonly<Record<string, Reason>>;
}

/**
 * Places a GraphDef (a message, proto3's JSON form or GraphDefData) with its function library. Throws TensorFlow's placement errors, with
 * its texts: see `place`.
 */
export function placeGraph(graphDef: GraphDef | GraphDefData | object, options: PlaceGraphOptions): GraphPlacement {
  const given = new Map(
    (options.opDefs ?? [])
      .map((json) => fromJson(OpDef, json, { what: 'opDefs', ignoreUnknown: true }))
      .map((def) => [def.name ?? '', signatureOf(def)]),
  );
  const signature = (op: string): OpSignature | undefined => given.get(op) ?? opDefinition(op) ?? ownSignatures.get(op);
  const devices = new DeviceSet(options.devices);
  const kernels = new KernelSpecs(options.devices, signature);
  const { nodes, context } = readGraphDef(isGraphDefData(graphDef) ? graphDefToProto(graphDef) : graphDef, signature);
  const assigned = new Map(Object.entries(options.assigned ?? {}));
  const solved = finish(solve(
    {
      graph: new PlacerGraph(nodes),
      context,
      devices,
      options: placementOptions(options, devices),
      log: new PlacementLog(options.logDevicePlacement ?? false),
      answers: (node) => kernels.answers(node),
      kernelLines: (op) => kernels.lines(op),
      assigned: (node) => assigned.get(node),
    },
    options.isolateFunctionResources ?? false,
  ));
  const placement: Record<string, string> = {};
  const reasons: Record<string, Reason> = {};
  for (const [id, reason] of solved.reasons.entries()) {
    const { name } = solved.nodes[id]!;
    define(placement, name, reason.device);
    define(reasons, name, reason);
  }
  return { placement, log: solved.entries.map(({ text }) => text), reasons };
}

/** A node may have any name, `__proto__` too. */
function define<T>(record: Record<string, T>, name: string, value: T): void {
  if (name === '__proto__') Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true });
  else record[name] = value;
}

function isGraphDefData(given: object): given is GraphDefData {
  const known = Object(given) as object;
  return 'nodes' in known && 'functions' in known;
}

/** The kernels that the devices of the set say they have. */
class KernelSpecs {
  private readonly dtypes = new Map<readonly string[], ReadonlySet<DType>>();
  /** Answers for ops whose kernels take all dtypes. */
  private readonly known = new Map<string, readonly DeviceSupport[]>();

  constructor(
    private readonly devices: readonly DeviceSpec[],
    private readonly signature: (op: string) => OpSignature | undefined,
  ) {}

  answers(node: NodeData): readonly DeviceSupport[] {
    const known = this.known.get(node.op);
    if (known !== undefined) return known;
    const answers = this.devices.map((device) => this.answer(device, node));
    if (this.devices.every((device) => dtypesOf(device, node.op) === undefined)) this.known.set(node.op, answers);
    return answers;
  }

  lines(op: string): readonly string[] {
    const attr = this.constrained(op);
    const lines = this.devices.flatMap((device) => {
      const spec = kernelOf(device, op);
      if (spec === undefined) return [];
      const allowed =
        spec === true || spec.dtypes === undefined
          ? ''
          : `; ${attr ?? 'dtype'} in [${[...this.allowed(spec.dtypes)].map((dtype) => dataTypeText(dtype)).join(', ')}]`;
      return [`  device='${device.type}'${allowed}`];
    });
    return [...new Set(lines)];
  }

  private answer(device: DeviceSpec, node: NodeData): DeviceSupport {
    const spec = kernelOf(device, node.op);
    if (spec === undefined) return { supported: false, reason: `no kernel for ${node.op}`, isAttributeMismatch: false };
    const { priority = 0, dtypes } = spec === true ? {} : spec;
    if (dtypes === undefined) return { supported: true, priority };
    const allowed = this.allowed(dtypes);
    const wrong = this.constrainedTypes(node).find((dtype) => !allowed.has(dtype));
    if (wrong === undefined) return { supported: true, priority };
    const reason = `its kernel for ${node.op} takes ${[...allowed].join(', ')}, not ${wrong}`;
    return { supported: false, reason, isAttributeMismatch: true };
  }

  /** The type attribute by which kernels of an op differ: `T`, else `dtype`, else the first that it has. */
  private constrained(op: string): string | undefined {
    const names = (this.signature(op)?.attrs ?? []).filter((attr) => attr.kind === 'type').map((attr) => attr.name);
    return ['T', 'dtype'].find((name) => names.includes(name)) ?? names[0];
  }

  /** The dtypes that a kernel of the node's op must be for. */
  private constrainedTypes(node: NodeData): readonly DType[] {
    const signature = this.signature(node.op);
    const name = this.constrained(node.op);
    if (signature === undefined) return [];
    if (name === undefined) {
      const fixed = (signature.inputs[0] ?? signature.outputs[0])?.dtype;
      return fixed === undefined ? [] : [fixed];
    }
    const attr = attrOrDefault(node.attrs, signature, name);
    if (attr?.kind === 'type') return [attr.value];
    if (attr?.kind === 'list' && attr.of === 'type') return attr.value;
    throw new InvalidArgumentError(
      `OpKernel '${node.op}' has constraint on attr '${name}' not in NodeDef '${node.name}' with attrs [${attrsText(node.attrs)}]`,
      { node: node.name, op: node.op },
    );
  }

  private allowed(names: readonly string[]): ReadonlySet<DType> {
    let allowed = this.dtypes.get(names);
    if (allowed === undefined) {
      allowed = new Set(names.map(dtypeNamed));
      this.dtypes.set(names, allowed);
    }
    return allowed;
  }
}

function kernelOf(device: DeviceSpec, op: string): KernelSpec | undefined {
  return Object.hasOwn(device.supports, op) ? device.supports[op] : undefined;
}

function dtypesOf(device: DeviceSpec, op: string): readonly string[] | undefined {
  const spec = kernelOf(device, op);
  return spec === undefined || spec === true ? undefined : spec.dtypes;
}

/** A dtype by any of its names: `float32`, `float`, `DT_FLOAT`. */
function dtypeNamed(name: string): DType {
  const dtype = allDTypes.find((each) => each === name || dtypeInfo[each].tfName === name || dataTypeText(each) === name);
  if (dtype === undefined) throw new InvalidArgumentError(`devices: '${name}' is no dtype. Expected one of: ${allDTypes.join(', ')}.`);
  return dtype;
}

/** An OpDef as core knows signatures. */
function signatureOf(def: OpDef): OpSignature {
  const type = def.name ?? '';
  return {
    type,
    inputs: (def.inputArg ?? []).map((arg) => argOf(type, arg)),
    outputs: (def.outputArg ?? []).map((arg) => argOf(type, arg)),
    attrs: (def.attr ?? []).flatMap((attr) => attrOf(type, attr)),
    isStateful: def.isStateful ?? false,
    isCommutative: def.isCommutative ?? false,
    isAggregate: def.isAggregate ?? false,
    allowsUninitializedInput: def.allowsUninitializedInput ?? false,
  };
}

function argOf(op: string, arg: OpDef_ArgDef): ArgDef {
  const name = arg.name ?? '';
  const type = arg.type === undefined || arg.type === 'DT_INVALID' ? undefined : arg.type;
  const spelledRef = typeof type === 'string' ? type.endsWith('_REF') : type !== undefined && type > 100;
  return {
    name,
    isRef: arg.isRef === true || spelledRef,
    ...(type === undefined ? {} : { dtype: dtypeFromProto(type, `OpDef ${op}, argument '${name}'`) }),
    ...(nonEmpty(arg.typeAttr) ? { typeAttr: arg.typeAttr } : {}),
    ...(nonEmpty(arg.numberAttr) ? { numberAttr: arg.numberAttr } : {}),
    ...(nonEmpty(arg.typeListAttr) ? { typeListAttr: arg.typeListAttr } : {}),
  };
}

function nonEmpty(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}

const attrKinds: ReadonlySet<string> = new Set<AttrDef['kind']>(['string', 'int', 'float', 'bool', 'type', 'shape', 'tensor', 'func']);

/** An attribute's definition; none for a kind that does not exist. */
function attrOf(op: string, attr: OpDef_AttrDef): AttrDef[] {
  const name = attr.name ?? '';
  const list = /^list\((\w+)\)$/.exec(attr.type ?? '');
  const kind = list?.[1] ?? attr.type ?? '';
  if (!isKind(kind))
    throw new InvalidArgumentError(
      `OpDef ${op}: attribute '${name}' is of type '${attr.type ?? ''}'. Expected one of: ${[...attrKinds].join(', ')}, or a list(…) of them.`,
    );
  const fallback = attr.defaultValue === undefined ? undefined : attrFromProto(attr.defaultValue, `OpDef ${op}, attribute '${name}'`);
  return [{ name, kind, isList: list !== null, ...(fallback === undefined ? {} : { default: fallback }) }];
}

function isKind(text: string): text is AttrDef['kind'] {
  return attrKinds.has(text);
}
