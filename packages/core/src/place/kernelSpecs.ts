/** Kernels as the callers of `placeGraph` tell them: which devices have one for an op, with what priority, for which dtypes. */
import { allDTypes, dtypeInfo, type DType } from '../dtypes.js';
import { InvalidArgumentError } from '../errors.js';
import type { NodeData } from '../graph/graphData.js';
import { didYouMean } from '../graph/names.js';
import type { OpSignature } from '../ops/opDef.js';
import { DataType } from '../proto/generated/types.js';
import { attrOrDefault } from './declaredTypes.js';
import { attrsText, dataTypeText } from './nodeText.js';
import type { DeviceSupport } from './support.js';

/** A kernel of an op on one device; false is none. */
export type KernelSpec =
  | boolean
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

/** The kernels that the devices of the set say they have. */
export class KernelSpecs {
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
          : `; ${attr ?? 'dtype'} in [${spec.dtypes.map(enumName).join(', ')}]`;
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
      allowed = new Set(dtypesNamed(names));
      this.dtypes.set(names, allowed);
    }
    return allowed;
  }
}

function kernelOf(device: DeviceSpec, op: string): Exclude<KernelSpec, false> | undefined {
  return (Object.hasOwn(device.supports, op) && device.supports[op]) || undefined;
}

function dtypesOf(device: DeviceSpec, op: string): readonly string[] | undefined {
  const spec = kernelOf(device, op);
  return spec === undefined || spec === true ? undefined : spec.dtypes;
}

/** Names of dtypes, a kernel's in the caller's spelling: `float32`, `float`, `DT_FLOAT`. TensorFlow has some that no tensor here can have; those are passed over. */
function dtypesNamed(names: readonly string[]): DType[] {
  return names.flatMap((name) => byName.get(name) ?? []);
}

/** `DT_FLOAT`, for any of its names. */
function enumName(name: string): string {
  const dtype = byName.get(name);
  return dtype !== undefined ? dataTypeText(dtype) : name in DataType.numbers ? name : `DT_${name.toUpperCase()}`;
}

const byName: ReadonlyMap<string, DType> = new Map(allDTypes.flatMap((dtype) => [dtype, dtypeInfo[dtype].tfName, dataTypeText(dtype)].map((name) => [name, dtype])));

/** InvalidArgumentError for names that TensorFlow does not have. */
export function checkDTypes(names: readonly unknown[], what: string): void {
  for (const name of names) {
    if (typeof name === 'string' && (byName.has(name) || enumName(name) in DataType.numbers)) continue;
    throw new InvalidArgumentError(`${what}: '${String(name)}' is no dtype. Expected some of: ${allDTypes.join(', ')}.${didYouMean(String(name), byName.keys())}`);
  }
}
