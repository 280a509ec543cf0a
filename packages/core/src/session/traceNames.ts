/**
 * How a trace names what ran: by the nodes of the graph that was asked for, so that a reader of the trace (and `Timeline`'s arrows) finds
 * producers, though the compiler fused some nodes, dropped others, and put reads between variables and those who read them by value.
 */
import { endpointText, type Endpoint, type NodeData } from '../graph/graphData.js';
import { readerOf } from '../graph/readNames.js';

/** They give what they take, and may not have run. */
const passing: ReadonlySet<string> = new Set(['Identity', 'StopGradient', 'PreventGradient', 'Snapshot']);

export class TraceNames {
  /** The first of the nodes that one launch stands for, by each of them. */
  private readonly roots = new Map<string, string>();

  /** `launches`: the nodes of each, the root first. */
  constructor(private readonly nodeOf: (name: string) => NodeData | undefined, launches: Iterable<readonly string[]>) {
    for (const nodes of launches) for (const node of nodes) this.roots.set(this.nameOf(node), this.nameOf(nodes[0] ?? ''));
  }

  /** What a launch is called, and the node of that name. */
  root(nodes: readonly string[]): { readonly name: string; readonly node: NodeData | undefined } {
    const name = this.nameOf(nodes[0] ?? '');
    return { name, node: this.nodeOf(name) };
  }

  /** `NAME = OP(in1, in2:1, ^ctl)`: the inputs from outside of all that a launch stands for. One of the compiler's own has its `kind` as the op. */
  label(nodes: readonly string[], kind: string): string {
    const { name, node } = this.root(nodes);
    if (node === undefined) return `${name} = ${kind.replace(/[()=]/g, ' ').trim()}()`;
    const inputs = new Set<string>();
    const controls = new Set<string>();
    for (const member of nodes) {
      const { inputs: from = [], controls: after = [] } = this.nodeOf(this.nameOf(member)) ?? {};
      for (const endpoint of from) {
        const source = this.sourceOf(endpoint);
        if (this.roots.get(source.node) !== name) inputs.add(source.index === 0 ? source.node : endpointText(source));
      }
      for (const control of after) if (this.roots.get(control) !== name) controls.add(`^${control}`);
    }
    return `${name} = ${node.op}(${[...inputs, ...controls].join(', ')})`;
  }

  /** A read for one input of a node is told as the Identity that it is for, else as the variable. */
  private nameOf(node: string): string {
    const reader = readerOf(node);
    if (reader === node) return node;
    return passing.has(this.nodeOf(reader)?.op ?? '') ? reader : (this.nodeOf(node)?.inputs[0]?.node ?? reader);
  }

  /** Where a value comes from, among what ran; the endpoint itself where that is not known. */
  private sourceOf(endpoint: Endpoint): Endpoint {
    for (let at: Endpoint | undefined = endpoint; at !== undefined;) {
      const root = this.roots.get(at.node);
      if (root !== undefined) return root === at.node ? at : { node: root, index: 0 };
      const node = this.nodeOf(at.node);
      at = node !== undefined && passing.has(node.op) ? node.inputs[0] : undefined;
    }
    return endpoint;
  }
}
