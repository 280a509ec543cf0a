/**
 * From nodes to items: each node becomes the device's own kernel, an elementwise map, a reduction, a view, its body in smaller ops, or a
 * host program, in that order. Bodies are expanded here, so that what they consist of fuses with its neighbours.
 */
import { InternalError, InvalidArgumentError, UnimplementedError } from '../errors.js';
import { AttrReader, type Attrs } from '../graph/attrs.js';
import type { NodeData } from '../graph/graphData.js';
import { callHostKernel } from '../kernels/callHostKernel.js';
import { isTooLargeToFold } from '../kernels/foldLimit.js';
import { mapCallOf, opCallOf, reduceCallOf } from '../kernels/callOf.js';
import { chooseProgram, kernelsFor, mapKernelFor, reduceKernelFor, supportOf, takes } from '../kernels/findKernel.js';
import type { SupportQuery } from '../kernels/kernel.js';
import { HostTensor, toNumbers } from '../hostTensor.js';
import { completeNode } from '../ops/completeNode.js';
import { controlFlowOps } from '../ops/controlFlowOps.js';
import type { BodyBuilder, BodyValue, OpBody, OpDefinition, ShapeContext } from '../ops/opDef.js';
import { opDefinition } from '../ops/registry.js';
import { isFullyKnown, sameShape, sizeOf, type PartialShape } from '../shape.js';
import type { CompileDevice } from '../device/compileDevice.js';
import { lengthOf, madeList, stacked, type DenseList } from './denseLists.js';
import type { HostItem, Item, LoopItem } from './item.js';
import { argOf, newValue, valueShape, viewOf, type Value } from './value.js';

/** A node with its inputs and outputs as values. */
interface ValueNode {
  readonly node: NodeData;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly device: CompileDevice;
  /** The graph's node that this one is, or whose body it is part of. */
  readonly origin: string;
  readonly pinned: boolean;
}

/** Collects items; `replaced` says which output value another value took the place of (views, and the results of bodies). */
export class Itemizer {
  readonly items: Item[] = [];
  private readonly replaced = new Map<Value, Value>();
  /** Lists that are tensors so far, and how each is made should something need it as a list. */
  private readonly lists = new Map<Value, { readonly list: DenseList; readonly make: () => void }>();

  /** `isLoop`: what is itemized is a loop's body, where lists are tensors or nothing. */
  constructor(private readonly isLoop = false) {}

  /** The value that stands for `value` by now. */
  resolve(value: Value): Value {
    const next = this.replaced.get(value);
    return next === undefined ? value : this.resolve(next);
  }

  /** The list behind a value, where it is a tensor so far. */
  listOf(value: Value): DenseList | undefined {
    return this.lists.get(value)?.list;
  }

  /** Lets a tensor stand for a list. `make` makes the list when it is needed after all. */
  setList(value: Value, list: DenseList, make: () => void = () => undefined): void {
    this.lists.set(value, { list, make });
  }

  /** Makes a list that something reads as one. */
  needList(value: Value): void {
    const entry = this.lists.get(value);
    this.lists.delete(value);
    entry?.make();
  }

  replace(value: Value, by: Value): void {
    this.replaced.set(value, by);
  }

  /** A loop that was recorded. */
  addLoop(item: LoopItem): void {
    this.items.push(item);
  }

  add(given: ValueNode): void {
    const entry: ValueNode = { ...given, inputs: given.inputs.map((value) => this.resolve(value)) };
    const { node, device } = entry;
    if (node.op.startsWith('TensorList') && this.addList(entry)) return;
    const [same] = entry.inputs;
    const [output] = entry.outputs;
    if (node.op === 'Identity' && same !== undefined && output !== undefined && this.listOf(same) !== undefined) {
      this.replaced.set(output, same);
      return;
    }
    for (const value of entry.inputs) this.needList(value);
    if (controlFlowOps.has(node.op)) {
      this.items.push({ kind: 'control', device: device.name, nodes: [entry.origin], inputs: entry.inputs, outputs: entry.outputs, pinned: true, node });
      return;
    }
    const definition = opDefinition(node.op);
    if (definition === undefined) throw new InternalError(`internal: no definition of ${node.op}`, { node: node.name });
    // Where an op has a scalar meaning too, its body speaks up only where that meaning does not hold. What gives a number of results that data tell
    // is one step where the device has a host kernel: the body is for those that have none.
    const added = this.addUpdate(entry, definition) || this.addView(entry, definition) || (definition.scalar !== undefined && this.addBody(entry, definition)) ||
      this.addOwn(entry, definition) || (definition.isDataShaped === true && this.addHost(entry, definition)) ||
      (definition.scalar === undefined && this.addBody(entry, definition)) || this.addHost(entry, definition);
    if (!added) throw unsupported(entry, definition);
  }

  /** An op on a list that is a tensor. */
  private addList(entry: ValueNode): boolean {
    const { node, inputs, outputs, pinned } = entry;
    const [handle, index, item] = inputs;
    const [output] = outputs;
    if (output === undefined || handle === undefined) return false;
    const made = pinned ? undefined : madeList(node, inputs);
    if (made !== undefined) {
      this.setList(output, made, () => { this.addHostNode(entry); });
      return true;
    }
    const list = this.listOf(handle);
    if (list === undefined) return false;
    const { tensor, elementShape } = list;
    switch (node.op) {
      case 'TensorListStack': {
        const all = stacked(list, output);
        if (all !== undefined) this.replaced.set(output, all);
        return all !== undefined;
      }
      case 'TensorListLength':
        this.replaced.set(output, newValue(output.name, 'int32', [], HostTensor.from(lengthOf(list), { dtype: 'int32', shape: [] })));
        return true;
      case 'TensorListGetItem': {
        if (index === undefined || output.shape.includes(-1) || !sameShape(output.shape, elementShape) || lengthOf(list) === 0) return false;
        const results = this.expand(entry, (b) => b.op('GatherV2', [tensor, index, b.constant(HostTensor.from(0, { dtype: 'int32', shape: [] }))]), inputs);
        return this.replaceBy(output, results?.[0]);
      }
      case 'TensorListSetItem': {
        if (!this.isLoop || index === undefined || item === undefined || !sameShape(item.shape, elementShape) || lengthOf(list) === 0) return false;
        const ints = (values: readonly number[]): HostTensor => HostTensor.from([...values], { dtype: 'int32', shape: [values.length] });
        const [rows] = this.expand(entry, (b) => {
          const place = b.op('Reshape', [index, b.constant(ints([1, 1]))]);
          const row = b.op('Reshape', [item, b.constant(ints([1, ...elementShape]))]);
          return b.op('TensorScatterUpdate', [tensor, ...place, ...row]);
        }, inputs) ?? [];
        if (rows !== undefined) this.setList(output, { tensor: this.resolve(rows), elementShape });
        return rows !== undefined;
      }
      default:
        return false;
    }
  }

  private replaceBy(output: Value, result: Value | undefined): boolean {
    if (result !== undefined) this.replaced.set(output, this.resolve(result));
    return result !== undefined;
  }

  /** The node as a host program. */
  private addHostNode(entry: ValueNode): void {
    const definition = opDefinition(entry.node.op);
    if (definition === undefined || !this.addHost(entry, definition)) throw new InternalError(`internal: no host kernel for ${entry.node.op}`, { node: entry.node.name });
  }

  private addView(entry: ValueNode, definition: OpDefinition): boolean {
    const [source] = entry.inputs;
    const [output] = entry.outputs;
    if (definition.isView !== true || source === undefined || output === undefined || entry.pinned || output.shape.includes(-1)) return false;
    if (!(output.dtype in entry.device.info.storage) || source.shape.includes(-1)) return false;
    const sameBytes = sizeOf(source.shape) === sizeOf(output.shape) && source.dtype === output.dtype;
    if (!sameBytes) return false;
    this.replaced.set(output, sameShape(source.shape, output.shape) ? source : viewOf(source, output.name, output.dtype, output.shape));
    return true;
  }

  private addOwn(entry: ValueNode, definition: OpDefinition): boolean {
    const { node, device } = entry;
    if (![...entry.inputs, ...entry.outputs].every((value) => !value.shape.includes(-1))) return false;
    const inputs = entry.inputs.map(argOf);
    const outputs = entry.outputs.map(argOf);
    const base = { device: device.name, nodes: [entry.origin], outputs: entry.outputs, pinned: entry.pinned };
    const call = opCallOf(node, inputs, outputs);
    const query = queryOf(entry);
    if (kernelsFor(device.kernels, query).own.some((kernel) => takes(kernel, call, query, device.info))) {
      this.items.push({ ...base, kind: 'op', op: node.op, attrs: node.attrs, inputs: entry.inputs });
      return true;
    }
    const map = mapCallOf(node, definition, inputs, outputs);
    if (map !== undefined && mapKernelFor(device.kernels, map.fn, false) !== undefined) {
      this.items.push({ ...base, kind: 'map', fn: map.fn, inputs: entry.inputs });
      return true;
    }
    const reduce = reduceCallOf(node, definition, inputs, outputs);
    if (reduce !== undefined && reduceKernelFor(device.kernels, reduce.reducer, reduce.before, reduce.after, false) !== undefined) {
      const { space, axes, reducer, before, after } = reduce;
      this.items.push({ ...base, kind: 'reduce', space, axes, reducer, before, after, inputs: entry.inputs.slice(0, 1) });
      return true;
    }
    return false;
  }

  /** Expands the op's body, if it has one for this case. Nothing is added when it has none. */
  private addBody(entry: ValueNode, definition: OpDefinition): boolean {
    const results = definition.body === undefined ? undefined : this.expand(entry, definition.body, entry.inputs);
    if (results === undefined) return false;
    results.forEach((result, i) => {
      const output = entry.outputs[i];
      if (output !== undefined) this.replaced.set(output, this.resolve(result));
    });
    return true;
  }

  /** Adds the ops of a body; undefined, and nothing added, when there is none for this case. */
  private expand(entry: ValueNode, body: OpBody, inputs: readonly Value[]): readonly Value[] | undefined {
    const parts: ValueNode[] = [];
    const build = (type: string, values: readonly BodyValue[], attrs: Attrs): readonly Value[] => {
      const part = bodyNode(entry, `${entry.node.name}/${parts.length}`, type, values as readonly Value[], attrs);
      parts.push(part);
      return part.outputs;
    };
    const builder: BodyBuilder = {
      attrs: new AttrReader(entry.node.attrs, `${entry.node.op} '${entry.node.name}'`),
      op: (type, values, attrs = {}) => build(type, values, attrs),
      constant: (value) => newValue(`${entry.node.name}/constant`, value.dtype, value.shape, value),
      valueOf: (value) => (value as Value).constant,
    };
    const results = body(builder, inputs) as readonly Value[] | undefined;
    if (results === undefined) return undefined;
    for (const part of parts) {
      // A part whose inputs are all known was evaluated when it was built.
      if (part.outputs.every((value) => value.constant !== undefined)) continue;
      this.add(part);
    }
    return results;
  }

  /** A change of a variable as a launch from its old value to its new one, where the device has kernels for it. */
  private addUpdate(entry: ValueNode, definition: OpDefinition): boolean {
    const [handle, value] = entry.inputs;
    const { node, device } = entry;
    if (definition.update === undefined || handle === undefined || value === undefined) return false;
    if (!(value.dtype in device.info.storage) || entry.inputs.some(({ shape }) => shape.includes(-1))) return false;
    const before = this.items.length;
    const old = newValue(`${node.name}/old`, value.dtype, value.shape);
    const [result] = this.expand(entry, definition.update, [old, ...entry.inputs.slice(1)]) ?? [];
    const fresh = result === undefined ? undefined : this.resolve(result);
    const index = this.items.findIndex((item, i) => i >= before && fresh !== undefined && item.outputs.includes(fresh));
    const item = this.items[index];
    const isOwn = this.items.slice(before).every(({ kind }) => kind === 'op' || kind === 'map' || kind === 'reduce');
    if (fresh === undefined || !isOwn || (item?.kind !== 'op' && item?.kind !== 'map') || !item.inputs.includes(old)) {
      this.items.length = before;
      return false;
    }
    this.items[index] = { ...item, pinned: true, update: { node, handle, old, fresh } };
    return true;
  }

  private addHost(entry: ValueNode, definition: OpDefinition): boolean {
    const { node, device } = entry;
    const inputs = entry.inputs.map(argOf);
    const outputs = entry.outputs.map(argOf);
    for (const call of [mapCallOf(node, definition, inputs, outputs), reduceCallOf(node, definition, inputs, outputs), opCallOf(node, inputs, outputs)]) {
      if (call === undefined || chooseProgram(device.kernels, call, device.info, true) === undefined) continue;
      const item: HostItem = {
        kind: 'host', device: device.name, nodes: [entry.origin], outputs: entry.outputs, pinned: entry.pinned, node, call,
        inputs: entry.inputs.slice(0, call.inputs.length),
      };
      this.items.push(item);
      return true;
    }
    return false;
  }
}

function queryOf(entry: ValueNode): SupportQuery {
  return {
    op: entry.node.op,
    attrs: new AttrReader(entry.node.attrs, `${entry.node.op} '${entry.node.name}'`),
    inputDtypes: entry.inputs.map((value) => value.dtype),
    outputDtypes: entry.outputs.map((value) => value.dtype),
    constants: entry.inputs.map((value) => value.constant),
  };
}

/** One inner op of a body: its attributes completed, its shapes inferred, and its value folded when all inputs are constants. */
function bodyNode(entry: ValueNode, name: string, type: string, inputs: readonly Value[], attrs: Attrs): ValueNode {
  const definition = opDefinition(type);
  if (definition === undefined) throw new InternalError(`internal: the body of ${entry.node.op} uses unknown op ${type}`, { node: entry.node.name });
  const node = completeNode({ name, op: type, inputs: [], controls: [], device: '', attrs, outputs: [] }, definition, inputs.map((value) => value.dtype));
  const context = shapeContext(node, inputs, entry.origin);
  const shapes = definition.shape(context);
  const constants = inputs.map((value) => value.constant);
  const folded = constants.every((value) => value !== undefined) && inputs.length > 0 && !isTooLargeToFold(node.outputs, shapes, constants)
    ? callHostKernel(node, definition, constants, shapes) : undefined;
  const outputs = node.outputs.map((dtype, i) => {
    const shape = folded?.[i]?.shape ?? valueShape(shapes[i] ?? null);
    return newValue(`${name}:${i}`, dtype, shape, folded?.[i]);
  });
  return { node, inputs, outputs, device: entry.device, origin: entry.origin, pinned: entry.pinned };
}

/** What does not fit in a body came in from outside: the error is that of the node `origin`. */
function shapeContext(node: NodeData, inputs: readonly Value[], origin: string): ShapeContext {
  const shape = (i: number): PartialShape => (inputs[i]?.shape.includes(-1) === true ? null : (inputs[i]?.shape ?? null));
  return {
    attrs: new AttrReader(node.attrs, `${node.op} '${node.name}'`),
    inputCount: inputs.length,
    inputDtypes: inputs.map((value) => value.dtype),
    outputDtypes: node.outputs,
    shape,
    value: (i) => inputs[i]?.constant,
    shapeValue: (i) => {
      const value = inputs[i]?.constant;
      if (value !== undefined) return toNumbers(value).map((dim) => (dim < 0 ? null : dim));
      const length = isFullyKnown(shape(i)) ? inputs[i]?.shape[0] : undefined;
      return length === undefined ? null : new Array<null>(length).fill(null);
    },
    fail: (message) => {
      throw new InvalidArgumentError(message, { node: origin, op: node.op });
    },
  };
}

function unsupported(entry: ValueNode, definition: OpDefinition): Error {
  const { node, device } = entry;
  const reason = supportOf(device.kernels, definition, queryOf(entry));
  const why = reason === true ? 'no kernel takes these shapes' : reason;
  const shapes = entry.inputs.map((value) => `${value.dtype}[${String(value.shape)}]`).join(', ');
  return new UnimplementedError(`${node.op} '${node.name}' cannot run on ${device.name}: ${why}. Given inputs: ${shapes}.`, { node: entry.origin, op: node.op });
}
