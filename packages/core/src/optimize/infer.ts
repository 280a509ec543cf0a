/**
 * Shape inference and constant folding in one walk: each needs the other (a Reshape's shape may be a folded Pack of a Shape). A node whose
 * inputs are all known is evaluated by core's host kernels and becomes a Const of the same name; Shape, Size and Rank fold as soon as the
 * shape they read is known.
 */
import { InvalidArgumentError, OpError, attachNode } from '../errors.js';
import type { Endpoint, NodeData } from '../graph/graphData.js';
import { HostTensor, toNumbers } from '../hostTensor.js';
import { callHostKernel, loadHostKernel } from '../kernels/callHostKernel.js';
import { isTooLargeToFold } from '../kernels/foldLimit.js';
import { opDefinition } from '../ops/registry.js';
import type { OpDefinition, ShapeContext } from '../ops/opDef.js';
import { handleOf } from '../kernels/host/resourceHandles.js';
import { variableHandle } from '../kernels/host/resourceVariables.js';
import { isFullyKnown, sameShape, sizeOf, type PartialShape } from '../shape.js';
import type { Stage } from '../stage.js';
import { dtypeInfo } from '../dtypes.js';
import { topologicalOrder } from '../graph/stageGraph.js';
import type { WantsValues } from './runsOn.js';
import { attrsOf, constNode, type ArgKnowledge, type PlacedGraph, type TypedGraph } from '../graph/typedGraph.js';

const shapeOps: ReadonlySet<string> = new Set(['Shape', 'ShapeN', 'Size', 'Rank']);

export interface InferOptions {
  /** Fold constants (`do_constant_folding`); shapes that are known always fold. */
  readonly fold: boolean;
  /** Inputs of a node whose values its device must be told when the plan is made. */
  readonly wants?: WantsValues | undefined;
}

export function* infer(graph: PlacedGraph, args: readonly ArgKnowledge[], options: InferOptions): Stage<TypedGraph> {
  const nodes = new Map<string, NodeData>();
  const shapes = new Map<string, readonly PartialShape[]>();
  const values = new Map<string, HostTensor>();
  const wanted = new Set<string>();
  const unready = new Set<string>();
  /** Variables that a node so far may have given another shape than they declare. */
  const reshaped = new Set<string>();
  const placement = new Map(graph.placement);
  const argIndex = new Map(graph.args.map((name, index) => [name, index]));
  /** What reads an argument that the plan is made for reads a constant. */
  const told = (endpoint: Endpoint): Endpoint => {
    const index = argIndex.get(endpoint.node);
    const value = index === undefined ? undefined : args[index]?.value;
    if (value === undefined) return endpoint;
    const name = `${endpoint.node}/value`;
    if (!nodes.has(name)) {
      nodes.set(name, constNode(name, value));
      shapes.set(name, [value.shape]);
      values.set(name, value);
      placement.set(name, graph.placement.get(endpoint.node) ?? '');
    }
    return { node: name, index: 0 };
  };
  for (const original of topologicalOrder(graph.nodes)) {
    yield;
    if (nodes.has(original.name)) continue;
    let node = original.inputs.some((endpoint) => argIndex.has(endpoint.node)) ? { ...original, inputs: original.inputs.map(told) } : original;
    const index = argIndex.get(node.name);
    const known = index === undefined ? undefined : args[index];
    if (known !== undefined) {
      if (known.value !== undefined) values.set(node.name, known.value);
      nodes.set(node.name, node);
      shapes.set(node.name, [known.value?.shape ?? known.shape]);
      continue;
    }
    const definition = opDefinition(node.op);
    if (definition === undefined) throw new InvalidArgumentError(`Op type not registered '${node.op}'`, { node: node.name, op: node.op });
    const inputValues = node.inputs.map((endpoint) => (endpoint.index === 0 ? values.get(endpoint.node) : undefined));
    const variable = variableOf(node, nodes);
    if (variable !== undefined && node.op === 'AssignVariableOp' && !sameShape(shapes.get(node.inputs[1]?.node ?? '')?.[node.inputs[1]?.index ?? 0] ?? null, variable.shape)) reshaped.add(variable.key);
    // What is assigned before may have given the variable another shape: then only the run knows it.
    const isReshaped = variable !== undefined && node.op === 'ReadVariableOp' && reshaped.has(variable.key);
    const outShapes = isReshaped ? [null] : inferNode(node, definition, nodes, shapes, inputValues, wanted);
    for (const i of options.wants?.(node, placement.get(node.name), nodes, outShapes.every(isFullyKnown)) ?? []) {
      const endpoint = node.inputs[i];
      if (endpoint === undefined || inputValues[i] !== undefined) continue;
      wanted.add(endpoint.node);
      unready.add(node.name);
    }
    const folded = yield* foldNode(node, definition, shapes, inputValues, outShapes, options.fold);
    if (folded !== undefined) {
      // What its inputs waited for, it waits for.
      const behind = node.inputs.flatMap((endpoint) => (shapeOps.has(node.op) ? [endpoint.node] : (nodes.get(endpoint.node)?.controls ?? [])));
      const controls = new Set([...node.controls, ...behind]);
      node = constNode(node.name, folded, [...controls], node.device);
      values.set(node.name, folded);
      shapes.set(node.name, [folded.shape]);
    } else {
      if (node.op === 'Const') values.set(node.name, attrsOf(node).tensor('value'));
      shapes.set(node.name, outShapes);
    }
    nodes.set(node.name, node);
  }
  return { ...graph, placement, nodes, shapes, wantedArgs: wantedArguments(graph, nodes, shapes, wanted), unready };
}

/** The variable behind a node's first input, where that is its handle, and the shape that it declares. */
function variableOf(node: NodeData, nodes: ReadonlyMap<string, NodeData>): { readonly key: string; readonly shape: PartialShape } | undefined {
  if (node.op !== 'AssignVariableOp' && node.op !== 'ReadVariableOp') return undefined;
  const handle = nodes.get(node.inputs[0]?.node ?? '');
  if (handle?.op !== 'VarHandleOp') return undefined;
  const attrs = attrsOf(handle);
  const { container, name } = handleOf(variableHandle(handle.name, attrs));
  return { key: `${container}/${name}`, shape: attrs.shape('shape') };
}

function inferNode(
  node: NodeData, definition: OpDefinition, nodes: ReadonlyMap<string, NodeData>, shapes: ReadonlyMap<string, readonly PartialShape[]>,
  values: readonly (HostTensor | undefined)[], wanted: Set<string>,
): readonly PartialShape[] {
  const shape = (i: number): PartialShape => {
    const endpoint = node.inputs[i];
    return endpoint === undefined ? null : (shapes.get(endpoint.node)?.[endpoint.index] ?? null);
  };
  const value = (i: number, isNeeded = true): HostTensor | undefined => {
    const endpoint = node.inputs[i];
    if (isNeeded && values[i] === undefined && endpoint !== undefined) wanted.add(endpoint.node);
    return values[i];
  };
  const context: ShapeContext = {
    attrs: attrsOf(node),
    inputCount: node.inputs.length,
    inputDtypes: node.inputs.map((endpoint) => nodes.get(endpoint.node)?.outputs[endpoint.index] ?? 'float32'),
    outputDtypes: node.outputs,
    shape,
    value,
    shapeValue: (i) => {
      const known = value(i);
      if (known !== undefined) return toNumbers(known).map((dim) => (dim < 0 ? null : dim));
      const length = shape(i)?.[0];
      return length === undefined || length === null ? null : new Array<null>(length).fill(null);
    },
    fail: (message) => {
      throw attachNode(new InvalidArgumentError(`${node.op} '${node.name}': ${message}`), node.name, node.op);
    },
  };
  return definition.shape(context);
}

/** The node's value when it can be known now. */
function* foldNode(
  node: NodeData, definition: OpDefinition, shapes: ReadonlyMap<string, readonly PartialShape[]>, values: readonly (HostTensor | undefined)[],
  outShapes: readonly PartialShape[], fold: boolean,
): Stage<HostTensor | undefined> {
  if (node.outputs.length !== 1 || node.op === 'Const') return undefined;
  if (shapeOps.has(node.op)) return foldShape(node, node.inputs[0], shapes);
  if (!fold || definition.isStateful || node.inputs.length === 0 || values.some((value) => value === undefined)) return undefined;
  const dtype = node.outputs[0] ?? 'float32';
  if (dtype === 'resource' || dtype === 'variant') return undefined;
  const inputs = values as readonly HostTensor[];
  if (isTooLargeToFold(node.outputs, outShapes, inputs)) return undefined;
  yield loadHostKernel(node.op);
  try {
    return callHostKernel(node, definition, inputs, outShapes)?.[0];
  } catch (error) {
    // A node that fails must fail when it runs, with its own error, and only if it runs.
    if (error instanceof OpError) return undefined;
    throw error;
  }
}

function foldShape(node: NodeData, input: Endpoint | undefined, shapes: ReadonlyMap<string, readonly PartialShape[]>): HostTensor | undefined {
  const shape = input === undefined ? null : (shapes.get(input.node)?.[input.index] ?? null);
  const dtype = node.outputs[0] === 'int64' ? 'int64' : 'int32';
  if (shape === null) return undefined;
  if (node.op === 'Rank') return HostTensor.from([shape.length], { dtype, shape: [] });
  if (!isFullyKnown(shape)) return undefined;
  return node.op === 'Size' ? HostTensor.from([sizeOf(shape)], { dtype, shape: [] }) : HostTensor.from([...shape], { dtype, shape: [shape.length] });
}

/** Most elements of an argument whose value may become part of a plan's key. */
const maxWantedElements = 256;

/**
 * Which arguments the wanted values come from. A wanted value counts only if it is made of constants and small integer arguments alone:
 * then a plan for these very values knows it.
 */
function wantedArguments(graph: PlacedGraph, nodes: ReadonlyMap<string, NodeData>, shapes: ReadonlyMap<string, readonly PartialShape[]>, wanted: ReadonlySet<string>): Set<number> {
  const result = new Set<number>();
  const argIndex = new Map(graph.args.map((name, index) => [name, index]));
  const derivable = new Map<string, ReadonlySet<number> | undefined>();
  const derive = (name: string): ReadonlySet<number> | undefined => {
    if (derivable.has(name)) return derivable.get(name);
    derivable.set(name, undefined);
    const node = nodes.get(name);
    const definition = node === undefined ? undefined : opDefinition(node.op);
    if (node === undefined || definition === undefined) return undefined;
    const index = argIndex.get(name);
    let args: Set<number> | undefined;
    if (index !== undefined) {
      const shape = shapes.get(name)?.[0] ?? null;
      const dtype = node.outputs[0] ?? 'float32';
      const small = isFullyKnown(shape) && sizeOf(shape) <= maxWantedElements;
      args = small && ['int', 'uint', 'bool'].includes(dtypeInfo[dtype].kind) ? new Set([index]) : undefined;
    } else if (node.op === 'Const') args = new Set();
    else if (!definition.isStateful && definition.isDataShaped !== true && node.inputs.length > 0) {
      const parts = node.inputs.map((endpoint) => derive(endpoint.node));
      if (parts.every((part) => part !== undefined)) args = new Set(parts.flatMap((part) => [...(part ?? [])]));
    }
    derivable.set(name, args);
    return args;
  };
  for (const name of wanted) for (const index of derive(name) ?? []) result.add(index);
  return result;
}
