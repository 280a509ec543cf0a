/**
 * Branches: Merges whose inputs come from the sides of Switches on one predicate become the outputs of an If (of a Case for _SwitchN).
 * Merges of one predicate share it where none of them needs another's result. Inner branches go first: a Merge waits until no other Merge
 * lies behind it.
 */
import type { DType } from '../../dtypes.js';
import { endpointText, type Endpoint, type FunctionData, type NodeData } from '../../graph/graphData.js';
import { HostTensor } from '../../hostTensor.js';
import { constNode, type PlacedGraph } from '../../graph/typedGraph.js';
import { closure, cutFunction, dependents, membersOf, type Cut } from './bodyFunction.js';
import { framePrimitives } from '../../ops/controlFlowOps.js';
import { opDefinition } from '../../ops/registry.js';
import type { Stage } from '../../stage.js';
import { functionAttr, readersOf, uniqueName } from './raiseLoops.js';

/** One Merge, taken apart. */
interface Branch {
  readonly merge: NodeData;
  readonly predicate: Endpoint;
  /** The value of each side: for a Switch, 0 is where the predicate is false. */
  readonly sides: readonly Endpoint[];
  /** Which input of the Merge each side is. */
  readonly inputIndex: readonly number[];
  readonly switches: readonly NodeData[];
  /** By side: nodes that the Merge waits for by control edges. They run when their side is taken. */
  readonly effects: readonly (readonly string[])[];
  /** Nodes outside the branch that its Switches and its Merge wait for. */
  readonly waits: readonly string[];
}

export function* raiseBranches(graph: PlacedGraph): Stage<PlacedGraph> {
  let current = graph;
  const refused = new Set<string>();
  for (;;) {
    yield;
    const branches = [...current.nodes.values()].flatMap((node) => (node.op === 'Merge' && !refused.has(node.name) ? (branchOf(current, node) ?? []) : []));
    const [first] = branches;
    if (first === undefined) return current;
    const chosen = independent(current, branches.filter((branch) => endpointText(branch.predicate) === endpointText(first.predicate)));
    if (sharesEffects(current, chosen)) for (const { merge } of chosen) refused.add(merge.name);
    else current = raise(current, chosen);
  }
}

/** Stateful ops that may run twice where they would run once. */
const repeatable: ReadonlySet<string> = new Set(['_Arg', 'Placeholder', 'VarHandleOp', 'ReadVariableOp']);

/**
 * Whether something outside of the branches needs a node with an effect inside: raised, it would run in the If and again outside. Gradients of
 * branches in loops are such: a stack's push and pop stand in a branch, and the iteration waits for them, dead or alive.
 */
function sharesEffects(graph: PlacedGraph, branches: readonly Branch[]): boolean {
  const switches = new Set(branches.flatMap((branch) => branch.switches.map(({ name }) => name)));
  const merges = new Set(branches.map(({ merge }) => merge.name));
  const guarded = dependents(graph, [...switches]);
  const ends = branches.flatMap(({ sides, effects }) => [...sides, ...effects.flat().map((node): Endpoint => ({ node, index: -1 }))]);
  const inside = new Set([...closure(graph, ends, switches, (control) => guarded.has(control))].filter((name) => guarded.has(name)));
  const hasEffect = (name: string): boolean => {
    const op = graph.nodes.get(name)?.op ?? '';
    return inside.has(name) && !repeatable.has(op) && opDefinition(op)?.isStateful === true;
  };
  if ([...graph.results.map(({ node }) => node), ...graph.targets].some(hasEffect)) return true;
  return [...graph.nodes.values()].some(({ name, inputs, controls }) =>
    !inside.has(name) && !merges.has(name) && (inputs.some(({ node }) => hasEffect(node)) || controls.some(hasEffect)));
}

/** The branch that ends in this Merge; undefined when another Merge lies inside, or when it is not of this form. */
function branchOf(graph: PlacedGraph, merge: NodeData): Branch | undefined {
  const found = merge.inputs.map((side) => sideOf(graph, side));
  if (found.some((side) => side === undefined)) return undefined;
  const inputs = found as readonly Side[];
  const predicate = inputs.find((side) => side.predicate !== undefined)?.predicate;
  if (predicate === undefined) return undefined;
  if (inputs.some((side) => side.predicate !== undefined && endpointText(side.predicate) !== endpointText(predicate))) return undefined;
  const outputs = inputs.map(({ output }) => output);
  // A side of constants alone may have lost its Switch: then it is the one that is missing.
  const missing = inputs.map((_, i) => i).filter((i) => !outputs.includes(i));
  if (outputs.filter((output) => output === undefined).length !== missing.length || missing.length > 1) return undefined;
  const inputIndex = inputs.map((_, side) => outputs.indexOf(missing.includes(side) ? undefined : side));
  const effects = inputs.map((): string[] => []);
  const waits: string[] = [];
  const switches = new Set(inputs.flatMap((side) => side.switches));
  for (const control of merge.controls) {
    const side = sideOf(graph, { node: control, index: -1 });
    if (side === undefined) return undefined;
    if (side.predicate === undefined) waits.push(control);
    else if (endpointText(side.predicate) !== endpointText(predicate)) return undefined;
    else if (side.output !== undefined) effects[side.output]?.push(control);
    for (const node of side.switches) switches.add(node);
  }
  for (const node of switches) waits.push(...node.controls);
  const behind = closure(graph, waits.map((node) => ({ node, index: -1 })), new Set());
  // A Switch that waits for a node of the branch may be dead for a reason of its own.
  if ([...switches].some(({ name }) => behind.has(name))) return undefined;
  return { merge, predicate, inputIndex, sides: inputIndex.map((index) => merge.inputs[index] ?? predicate), switches: [...switches], effects, waits };
}

const switchOps: ReadonlySet<string> = new Set(['Switch', '_SwitchN']);

interface Side {
  readonly predicate: Endpoint | undefined;
  readonly output: number | undefined;
  readonly switches: readonly NodeData[];
}

/** What guards an endpoint: the Switches behind it, if they all stand on one predicate and one output. */
function sideOf(graph: PlacedGraph, endpoint: Endpoint): Side | undefined {
  const switches = new Set<NodeData>();
  let predicate: Endpoint | undefined;
  let output: number | undefined;
  const seen = new Set<string>();
  const stack: Endpoint[] = [endpoint];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const node = graph.nodes.get(next.node);
    if (node === undefined) return undefined;
    if (switchOps.has(node.op)) {
      const [, pivot] = node.inputs;
      if (pivot === undefined) return undefined;
      const test = throughIdentity(graph, pivot);
      if (predicate !== undefined && endpointText(predicate) !== endpointText(test)) return undefined;
      // A control edge from a Switch itself says nothing of the side.
      if (next.index >= 0) {
        if (output !== undefined && output !== next.index) return undefined;
        output = next.index;
      }
      predicate = test;
      switches.add(node);
      continue;
    }
    if (framePrimitives.has(node.op)) return undefined;
    if (seen.has(node.name)) continue;
    seen.add(node.name);
    stack.push(...node.inputs, ...node.controls.map((name) => ({ node: name, index: -1 })));
  }
  return { predicate, output, switches: [...switches] };
}

/** What an endpoint is a copy of: tf.cond hands its predicate around by Identity nodes. */
function throughIdentity(graph: PlacedGraph, endpoint: Endpoint): Endpoint {
  const node = graph.nodes.get(endpoint.node);
  const [source] = node?.inputs ?? [];
  return node?.op === 'Identity' && source !== undefined ? throughIdentity(graph, source) : endpoint;
}

/** The branches whose captured values need none of the others' results. */
function independent(graph: PlacedGraph, branches: readonly Branch[]): Branch[] {
  const chosen: Branch[] = [];
  const merges = new Set(branches.map(({ merge }) => merge.name));
  for (const branch of branches) {
    const captured = [...branch.switches.flatMap((node) => node.inputs), ...branch.waits.map((node) => ({ node, index: -1 }))];
    const behind = closure(graph, captured, new Set());
    if (![...merges].some((name) => behind.has(name))) chosen.push(branch);
  }
  return chosen.length > 0 ? chosen : branches.slice(0, 1);
}

function raise(graph: PlacedGraph, branches: readonly Branch[]): PlacedGraph {
  const [first] = branches;
  if (first === undefined) return graph;
  const readers = readersOf(graph);
  const switches = [...new Set(branches.flatMap((branch) => branch.switches))];
  const name = uniqueName(graph, `${first.merge.name}/If`);
  const nodes = new Map(graph.nodes);
  const placement = new Map(graph.placement);
  const device = graph.placement.get(first.merge.name) ?? '';
  // Merge's second output says which input came: a constant on every side.
  const outputs: { sides: readonly Endpoint[]; dtype: DType; merge: NodeData; index: number }[] = [];
  for (const { merge, sides, inputIndex } of branches) {
    outputs.push({ sides, dtype: merge.outputs[0] ?? 'float32', merge, index: 0 });
    if ((readers.get(`${merge.name}:1`)?.length ?? 0) === 0 && !graph.results.some((result) => result.node === merge.name && result.index === 1)) continue;
    const constants = inputIndex.map((index, side): Endpoint => {
      const constName = `${merge.name}/value_index_${side}`;
      nodes.set(constName, constNode(constName, HostTensor.from(index, { dtype: 'int32', shape: [] })));
      placement.set(constName, device);
      return { node: constName, index: 0 };
    });
    outputs.push({ sides: constants, dtype: 'int32', merge, index: 1 });
  }
  const source: PlacedGraph = { ...graph, nodes, placement };
  const guarded = dependents(source, switches.map((node) => node.name));
  const captures = capturedBeside(source, switches, guarded, outputs.flatMap(({ sides }) => sides), branches.flatMap(({ effects }) => effects.flat()));
  const captureTypes = captures.map(({ node, index }) => source.nodes.get(node)?.outputs[index] ?? 'float32');
  const isCase = switches.some((node) => node.op === '_SwitchN');
  const cuts = first.sides.map((_, side): Cut => ({
    name: `${name}/${isCase ? `branch_${side}` : side === 0 ? 'else' : 'body'}`,
    args: [
      ...switches.map((node) => ({ dtype: node.outputs[0] ?? 'float32', endpoints: [{ node: node.name, index: side }] })),
      ...captures.map((endpoint, i) => ({ dtype: captureTypes[i] ?? 'float32', endpoints: [endpoint] })),
    ],
    results: outputs.map(({ sides }) => sides[side] ?? first.predicate),
    effects: [...new Set(branches.flatMap(({ effects }) => effects[side] ?? []))],
    ownsControl: (control) => guarded.has(control),
  }));
  const functions = cuts.map((cut) => cutFunction(source, cut));
  // What nodes of the branches wait for outside of them, the whole If waits for.
  const members = new Set(cuts.flatMap((cut) => [...membersOf(source, cut)]));
  const controls = [...branches.flatMap(({ waits }) => waits), ...[...members].flatMap((member) => source.nodes.get(member)?.controls ?? [])];
  const inTypes = [...switches.map((node) => node.outputs[0] ?? 'float32'), ...captureTypes];
  const outTypes = outputs.map(({ dtype }) => dtype);
  nodes.set(name, {
    name, op: isCase ? 'Case' : 'If', device: '', outputs: outTypes,
    controls: [...new Set(controls)].filter((control) => !guarded.has(control) && !members.has(control)),
    inputs: [first.predicate, ...switches.map((node) => node.inputs[0] ?? first.predicate), ...captures],
    attrs: {
      Tin: { kind: 'list', of: 'type', value: inTypes }, Tout: { kind: 'list', of: 'type', value: outTypes },
      output_shapes: { kind: 'list', of: 'shape', value: [] },
      ...branchAttrs(functions, isCase, graph.nodes.get(first.predicate.node)?.outputs[first.predicate.index] ?? 'bool'),
    },
  });
  placement.set(name, device);
  const moved = new Map<string, Endpoint>();
  outputs.forEach(({ merge, index }, i) => { moved.set(endpointText({ node: merge.name, index }), { node: name, index: i }); });
  const redirect = (endpoint: Endpoint): Endpoint => moved.get(endpointText(endpoint)) ?? endpoint;
  const merges = new Set(branches.map(({ merge }) => merge.name));
  for (const node of nodes.values()) {
    if (!node.inputs.some((endpoint) => merges.has(endpoint.node)) && !node.controls.some((control) => merges.has(control))) continue;
    nodes.set(node.name, { ...node, inputs: node.inputs.map(redirect), controls: node.controls.map((control) => (merges.has(control) ? name : control)) });
  }
  for (const merge of merges) nodes.delete(merge);
  const library = new Map(graph.library);
  for (const fn of functions) library.set(fn.name, fn);
  return { ...graph, nodes, placement, library, results: graph.results.map(redirect), targets: graph.targets.map((target) => (merges.has(target) ? name : target)) };
}

/** Case takes its branches as a list, If by name. */
function branchAttrs(functions: readonly FunctionData[], isCase: boolean, conditionType: DType): NodeData['attrs'] {
  if (isCase) return { branches: { kind: 'list', of: 'func', value: functions.map(({ name }) => ({ name, attrs: {} })) } };
  const [otherwise, then] = functions.map(functionAttr);
  if (otherwise === undefined || then === undefined) return {};
  return { Tcond: { kind: 'type', value: conditionType }, then_branch: then, else_branch: otherwise };
}

/**
 * Values that a branch reads though no Switch guards them (optimizers take such Switches away): they become arguments of the branches, so
 * that what is computed outside stays outside. Constants are copied into the branches instead.
 */
function capturedBeside(
  graph: PlacedGraph, switches: readonly NodeData[], guarded: ReadonlySet<string>, sides: readonly Endpoint[], effects: readonly string[],
): Endpoint[] {
  const own = new Set(switches.map(({ name }) => name));
  const captured = new Map<string, Endpoint>();
  const seen = new Set<string>();
  const stack = [...sides, ...effects.map((node): Endpoint => ({ node, index: -1 }))];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const node = graph.nodes.get(next.node);
    if (node === undefined || own.has(node.name) || seen.has(node.name)) continue;
    if (!guarded.has(node.name) && node.op !== 'Const') {
      captured.set(endpointText(next), next);
      continue;
    }
    seen.add(node.name);
    stack.push(...node.inputs, ...node.controls.filter((name) => guarded.has(name)).map((name): Endpoint => ({ node: name, index: -1 })));
  }
  return [...captured.values()];
}
