/** Puts together what a placement, shape inference and the kernel tables know of a graph. Pure: it compiles and runs nothing. */
import type { CompileDevice } from '../../device/compileDevice.js';
import { dtypeInfo, type DType } from '../../dtypes.js';
import { endpointText, type Endpoint, type NodeData } from '../../graph/graphData.js';
import type { StageGraph } from '../../graph/stageGraph.js';
import { attrsOf, constantAt } from '../../graph/typedGraph.js';
import { hostInputsOf } from '../../kernels/hostInputs.js';
import type { SupportQuery } from '../../kernels/kernel.js';
import { controlFlowOps } from '../../ops/controlFlowOps.js';
import { opDefinition } from '../../ops/registry.js';
import type { Reason } from '../../place/reasons.js';
import { isFullyKnown, sizeOf, type PartialShape } from '../../shape.js';
import type { ExplainedCopy, ExplainedEdge, ExplainedHostCopy, ExplainedNode, GraphExplanation } from './explanation.js';

/** A graph with everything that is to be told of it. */
export interface ExplainInput {
  readonly graph: StageGraph;
  readonly placement: ReadonlyMap<string, string>;
  readonly reasons: ReadonlyMap<string, Reason>;
  readonly shapeOf: (endpoint: Endpoint) => PartialShape;
  /** Nodes whose value is known before the run: constants, and what folds to one. */
  readonly isConstant: (node: string) => boolean;
  readonly devices: ReadonlyMap<string, CompileDevice>;
  /** Where fed values are and results go; undefined in a function's body. */
  readonly client: string | undefined;
}

export function explainGraph(input: ExplainInput): GraphExplanation {
  return new GraphExplainer(input).explain();
}

class GraphExplainer {
  private readonly copies = new Map<string, { readonly index: number; readonly copy: ExplainedCopy; readonly consumers: Set<string>; isFetched: boolean }>();
  private readonly hostCopies = new Map<string, { readonly copy: ExplainedHostCopy; readonly consumers: Set<string> }>();
  private readonly edges: ExplainedEdge[] = [];

  constructor(private readonly input: ExplainInput) {}

  explain(): GraphExplanation {
    const { graph, client } = this.input;
    const nodes: ExplainedNode[] = [];
    for (const node of graph.nodes.values()) {
      nodes.push(this.node(node));
      this.edgesInto(node);
      this.hostReads(node);
    }
    if (client !== undefined) for (const result of graph.results) this.fetch(result, client);
    return {
      nodes,
      edges: this.edges,
      copies: [...this.copies.values()].map(({ copy, consumers, isFetched }) => ({ ...copy, consumers: [...consumers], isFetched })),
      hostCopies: [...this.hostCopies.values()].map(({ copy, consumers }) => ({ ...copy, consumers: [...consumers] })),
    };
  }

  private deviceOf(node: string): string {
    return this.input.placement.get(node) ?? '';
  }

  private node(node: NodeData): ExplainedNode {
    const reason = this.input.reasons.get(node.name);
    const refusals = new Map(reason?.refused.map(({ device, why }) => [device, why]));
    return {
      name: node.name,
      op: node.op,
      scope: node.name.slice(0, Math.max(0, node.name.lastIndexOf('/'))),
      device: this.deviceOf(node.name),
      requested: node.device,
      candidates: [...this.input.devices.keys()].map((device) => ({ device, refusal: refusals.get(device) ?? null })),
      rule: reason?.rule ?? 'client',
      reason: reason?.text ?? 'it is fed, and a fed value lives with the client',
      decidedBy: reason === undefined ? null : deciderOf(reason),
    };
  }

  private edgesInto(node: NodeData): void {
    const { graph } = this.input;
    const to = this.deviceOf(node.name);
    const args = opDefinition(node.op)?.inputs ?? [];
    const onlyPlain = args.every((arg) => arg.numberAttr === undefined && arg.typeListAttr === undefined);
    node.inputs.forEach((endpoint, index) => {
      const isReference = (onlyPlain && args[index]?.isRef === true) || graph.nodes.get(endpoint.node)?.outputs[endpoint.index] === 'resource';
      const copy = this.deviceOf(endpoint.node) === to || this.input.isConstant(endpoint.node) ? undefined : this.copyOf(endpoint, to);
      copy?.consumers.add(node.name);
      this.edges.push({
        kind: isReference ? 'reference' : 'data', from: endpoint.node, output: endpoint.index, to: node.name, input: index, copy: copy?.index ?? null,
      });
    });
    for (const from of node.controls) this.edges.push({ kind: 'control', from, output: -1, to: node.name, input: -1, copy: null });
  }

  private copyOf(endpoint: Endpoint, to: string) {
    const key = `${endpointText(endpoint)} ${to}`;
    let entry = this.copies.get(key);
    if (entry === undefined) {
      const copy: ExplainedCopy = { ...this.transferred(endpoint), from: this.deviceOf(endpoint.node), to, isFetched: false };
      this.copies.set(key, (entry = { index: this.copies.size, copy, consumers: new Set(), isFetched: false }));
    }
    return entry;
  }

  private fetch(result: Endpoint, client: string): void {
    if (this.deviceOf(result.node) === client || this.input.isConstant(result.node)) return;
    this.copyOf(result, client).isFetched = true;
  }

  private transferred(endpoint: Endpoint) {
    const dtype: DType = this.input.graph.nodes.get(endpoint.node)?.outputs[endpoint.index] ?? 'variant';
    const shape = this.input.shapeOf(endpoint);
    const { bytes } = dtypeInfo[dtype];
    // Strings, resources and variants have no size that a shape tells.
    return { tensor: endpointText(endpoint), dtype, shape, bytes: isFullyKnown(shape) && bytes > 0 ? sizeOf(shape) * bytes : null, consumers: [] };
  }

  /** What the host must know of a node's inputs, where its device made them and the host cannot see that device's memory. */
  private hostReads(node: NodeData): void {
    const { graph, devices } = this.input;
    const device = devices.get(this.deviceOf(node.name));
    const definition = opDefinition(node.op);
    if (device === undefined || definition === undefined || device.info.hostVisible) return;
    const dtypeOf = (endpoint: Endpoint): DType => graph.nodes.get(endpoint.node)?.outputs[endpoint.index] ?? 'variant';
    const query: SupportQuery = {
      op: node.op, attrs: attrsOf(node), outputDtypes: node.outputs, inputDtypes: node.inputs.map(dtypeOf),
      constants: node.inputs.map((endpoint) => constantAt(graph.nodes, endpoint)),
    };
    // The host drives calls, loops and branches, and passes them their arguments.
    const needs = controlFlowOps.has(node.op) ? node.inputs.map(() => 'value' as const) : hostInputsOf(device.kernels, definition, query);
    node.inputs.forEach((endpoint, index) => {
      if (needs[index] === undefined || this.input.isConstant(endpoint.node) || this.deviceOf(endpoint.node) !== device.name) return;
      if (dtypeInfo[dtypeOf(endpoint)].bytes === 0) return;
      const key = endpointText(endpoint);
      const entry = this.hostCopies.get(key) ?? { copy: { ...this.transferred(endpoint), device: device.name }, consumers: new Set<string>() };
      this.hostCopies.set(key, entry);
      entry.consumers.add(node.name);
    });
  }
}

/** The node that a reason turns on. */
function deciderOf(reason: Reason): string | null {
  switch (reason.rule) {
    case 'reference': return reason.from;
    case 'colocated': return reason.with;
    case 'soft': return reason.with ?? null;
    case 'consumers': return reason.consumer;
    case 'metadata': return reason.input;
    case 'assigned': case 'requested': case 'only': case 'default': case 'preferred': return null;
    default: return reason satisfies never;
  }
}
