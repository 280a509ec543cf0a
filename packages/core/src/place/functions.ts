/**
 * Looking into function calls that return resources: which arguments and results share a group in the body, and what the body asks of them,
 * holds for the call's neighbours too.
 */
import { InternalError, InvalidArgumentError, UnimplementedError } from '../errors.js';
import type { FunctionData, NodeData } from '../graph/graphData.js';
import { finish } from '../stage.js';
import { ColocationGraph } from './colocation.js';
import { calledFunction, inspectedBody, isolate } from './isolate.js';
import type { Member } from './members.js';
import { PlacerGraph, type Edge } from './placerGraph.js';

/** The calls that lead to a body. The outermost function has no name. */
export class FunctionStack {
  constructor(
    readonly current: string,
    private readonly frames: readonly { readonly owner: string; readonly node: string }[] = [],
  ) {}

  push(node: string, callee: string): FunctionStack {
    return new FunctionStack(callee, [...this.frames, { owner: this.current, node }]);
  }

  has(name: string): boolean {
    return this.current === name || this.frames.some(({ owner }) => owner === name);
  }

  /** One line per step, from the graph on. */
  lines(): string {
    return this.frames
      .flatMap(({ owner, node }, i) => [
        `${owner === '' ? 'Graph' : `Function {{function_node ${owner}}}`} contains node {{node ${node}}}`,
        `Node {{node ${node}}} calls function {{function_node ${this.frames[i + 1]?.owner ?? this.current}}}`,
      ])
      .join('\n  ');
  }
}

/** Which group of the body each argument and result is in, and what is known of the groups. */
interface BodyGroups {
  readonly args: readonly number[];
  readonly results: readonly number[];
  readonly limits: readonly Pick<Member, 'requested' | 'resource' | 'supported'>[];
}

/** Applies the bodies of `calls` to their neighbours. */
export function glueCalls(groups: ColocationGraph, calls: ReadonlySet<number>): void {
  if (calls.size === 0) return;
  const into = groups.problem.graph.edgesInto(calls);
  const from = groups.problem.graph.edgesFrom(calls);
  // TensorFlow keeps the calls in an unordered set, which gives them in this order.
  for (const id of [...calls].reverse()) glueCall(groups, id, into.get(id) ?? [], from.get(id) ?? []);
}

function glueCall(groups: ColocationGraph, id: number, into: readonly Edge[], from: readonly Edge[]): void {
  const { graph, context } = groups.problem;
  const node = graph.node(id);
  const body = bodyGroups(groups, node);
  const inputs = into.filter((edge) => edge.input >= 0).sort((a, b) => a.input - b.input);
  const checks = [
    ['input', body.args.length, inputs.length],
    ['output', body.results.length, context.outputTypes(node).length],
  ] as const;
  for (const [what, inBody, atNode] of checks) {
    if (inBody === atNode) continue;
    throw new InternalError(
      `Cannot apply input/output device constraints to node ${node.name} because ${what}_groups.size() (${inBody}) is different from number of ` +
        `${what}s ${what === 'input' ? 'into' : 'out of'} the op node (${atNode})`,
      { node: node.name, op: node.op },
    );
  }
  const neighbours: { readonly id: number; readonly takesResource: boolean }[][] = body.limits.map(() => []);
  for (const [argument, edge] of inputs.entries()) neighbours[body.args[argument]!]?.push({ id: edge.from, takesResource: false });
  for (const edge of from) {
    if (edge.input < 0) continue;
    const takesResource = context.inputTypes(graph.node(edge.to))[edge.input]?.dtype === 'resource';
    neighbours[body.results[edge.output]!]?.push({ id: edge.to, takesResource });
  }
  for (const [first, ...others] of neighbours) {
    if (first === undefined) continue;
    for (const other of others) {
      if (other.takesResource) groups.glueReference(first.id, other.id);
      else {
        const conflict = groups.members.colocate(first.id, other.id);
        if (conflict !== undefined) throw new InvalidArgumentError(groups.conflictText(first.id, other.id, conflict));
      }
      if (other.id !== first.id && !groups.links.has(other.id))
        groups.links.set(other.id, { kind: 'call', to: first.id, call: node.name });
    }
  }
  for (const [group, limits] of body.limits.entries()) {
    const first = neighbours[group]?.[0];
    if (first === undefined) continue;
    const error = groups.members.limit(first.id, limits);
    if (error !== undefined) throw new InvalidArgumentError(error);
  }
}

/** Groups the body of a call by all of the rules, and reads off its arguments and results. */
function bodyGroups(groups: ColocationGraph, node: NodeData): BodyGroups {
  const { problem, stack } = groups;
  const body = inspectedBody(node, problem.context);
  if (body === undefined) throw new InternalError(`internal: ${node.op} '${node.name}' needs no inspection`);
  const graph = new PlacerGraph(bodyNodes(body));
  isolate(graph, problem.context);
  const name = calledFunction(node)?.name ?? body.name;
  if (stack.has(name)) {
    throw new UnimplementedError(
      `Recursive function calls are not supported. Node {{node ${node.name}}} inside the body of {{function_node ${stack.current}}} calls function ` +
        `{{function_node ${name}}} which is already present in the call stack:\n  ${stack.lines()}`,
      { node: node.name, op: node.op },
    );
  }
  const inner = new ColocationGraph({ ...problem, graph, assigned: () => undefined }, stack.push(node.name, name));
  finish(inner.initialize());
  const numbers = new Map<number, number>();
  const groupOf = (member: string): number => {
    const root = inner.members.find(graph.ids.get(member)!);
    const number = numbers.get(root) ?? numbers.size;
    numbers.set(root, number);
    return number;
  };
  const args = body.args.map((arg) => groupOf(arg.name));
  const results = body.results.map((result) => groupOf(resultNode(result.name)));
  return { args, results, limits: [...numbers.keys()].map((root) => inner.members.at(root)) };
}

function resultNode(name: string): string {
  return `${name}_RetVal`;
}

/** The body with a node for each result. */
function bodyNodes(body: FunctionData): NodeData[] {
  const results = body.results.map(
    ({ name, dtype, from }, index): NodeData => ({
      name: resultNode(name),
      op: '_Retval',
      inputs: [from],
      controls: [],
      device: '',
      attrs: { T: { kind: 'type', value: dtype }, index: { kind: 'int', value: index } },
      outputs: [],
    }),
  );
  const isArgument = new Set(body.args.map(({ name }) => name));
  const args = body.args.map(({ name }) => body.nodes.get(name)).filter((node) => node !== undefined);
  return [...args, ...[...body.nodes.values()].filter(({ name }) => !isArgument.has(name)), ...results];
}
