/** Puts together what a placement, shape inference and the kernel tables know of a graph. Pure: it compiles and runs nothing. */
import type { CompileDevice } from '../../device/compileDevice.js';
import { dtypeInfo, type DType } from '../../dtypes.js';
import { endpointText, type Endpoint, type NodeData } from '../../graph/graphData.js';
import type { StageGraph } from '../../graph/stageGraph.js';
import type { HostTensor } from '../../hostTensor.js';
import { opDefinition } from '../../ops/registry.js';
import type { Reason } from '../../place/reasons.js';
import { isFullyKnown, sizeOf, type PartialShape } from '../../shape.js';
import { hostReads, type KnownValue } from './hostReads.js';
import type { ExplainedCopy, ExplainedEdge, ExplainedHostCopy, ExplainedNode, GraphExplanation } from './explanation.js';

/** A graph with everything that is to be told of it. */
export interface ExplainInput {
  readonly graph: StageGraph;
  readonly placement: ReadonlyMap<string, string>;
  readonly reasons: ReadonlyMap<string, Reason>;
  readonly shapeOf: (endpoint: Endpoint) => PartialShape;
  /** The value, where it is known before the run: that of a constant, or of what folds to one. */
  readonly constantOf: (endpoint: Endpoint) => HostTensor | undefined;
  readonly devices: ReadonlyMap<string, CompileDevice>;
  /** Where fed values are and results go; undefined in a function's body. */
  readonly client: string | undefined;
  /** Whether the host reads the results where they are made: a loop's condition. */
  readonly isCondition: boolean;
}

export function explainGraph(input: ExplainInput): GraphExplanation {
  return new GraphExplainer(input).explain();
}

class GraphExplainer {
  private readonly copies = new Map<string, { readonly index: number; readonly copy: ExplainedCopy; readonly consumers: Set<string>; isFetched: boolean }>();
  private readonly hostCopies = new Map<string, { readonly copy: ExplainedHostCopy; readonly consumers: Set<string> }>();
  private readonly edges: ExplainedEdge[] = [];

  /** Nodes that others wait for. */
  private readonly controlling: ReadonlySet<string>;

  constructor(private readonly input: ExplainInput) {
    this.controlling = new Set([...input.graph.nodes.values()].flatMap(({ controls }) => controls));
  }

  explain(): GraphExplanation {
    const { graph, client, isCondition } = this.input;
    const nodes: ExplainedNode[] = [];
    for (const node of graph.nodes.values()) {
      nodes.push(this.node(node));
      this.edgesInto(node);
      this.hostReads(node);
    }
    if (client !== undefined) for (const result of graph.results) this.fetch(result, client);
    if (isCondition) for (const result of graph.results) this.decide(result);
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
      const copy = this.deviceOf(endpoint.node) === to || this.input.constantOf(endpoint) !== undefined ? undefined : this.copyOf(endpoint, to);
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
    if (this.deviceOf(result.node) === client || this.input.constantOf(result) !== undefined) return;
    this.copyOf(result, client).isFetched = true;
  }

  /** The host reads whether the loop goes on; where a sequence holds the whole loop, its device does. */
  private decide(result: Endpoint): void {
    const device = this.input.devices.get(this.deviceOf(result.node));
    if (device === undefined || device.info.hostVisible || device.info.controlFlow || this.input.constantOf(result) !== undefined) return;
    this.hostCopy(endpointText(result), { ...this.transferred(result), device: device.name }, undefined);
  }

  private transferred(endpoint: Endpoint) {
    const dtype = this.dtypeOf(endpoint);
    const shape = this.input.shapeOf(endpoint);
    return { tensor: endpointText(endpoint), dtype, shape, bytes: bytesOf(dtype, shape), consumers: [] };
  }

  /** What the host must know of a node's inputs, where its device made them and the host cannot see that device's memory. */
  private hostReads(node: NodeData): void {
    const { devices, shapeOf, constantOf } = this.input;
    const device = devices.get(this.deviceOf(node.name));
    if (device === undefined || device.info.hostVisible) return;
    const known = node.inputs.map((endpoint): KnownValue => ({ dtype: this.dtypeOf(endpoint), shape: shapeOf(endpoint), constant: constantOf(endpoint) }));
    const shapes = node.outputs.map((_, index) => shapeOf({ node: node.name, index }));
    const { inputs, inside } = hostReads(node, known, shapes, device, node.controls.length > 0 || this.controlling.has(node.name));
    node.inputs.forEach((endpoint, index) => {
      if (!inputs.has(index) || this.deviceOf(endpoint.node) !== device.name) return;
      this.hostCopy(endpointText(endpoint), { ...this.transferred(endpoint), device: device.name }, node.name);
    });
    for (const [i, { dtype, shape }] of inside.entries()) {
      this.hostCopy(`${node.name} ${i}`, { tensor: `${node.name}:${node.outputs.length + i}`, dtype, shape, bytes: bytesOf(dtype, shape), device: device.name, consumers: [] }, node.name);
    }
  }

  private hostCopy(key: string, copy: ExplainedHostCopy, consumer: string | undefined): void {
    if (dtypeInfo[copy.dtype].bytes === 0) return;
    const entry = this.hostCopies.get(key) ?? { copy, consumers: new Set<string>() };
    this.hostCopies.set(key, entry);
    if (consumer !== undefined) entry.consumers.add(consumer);
  }

  private dtypeOf({ node, index }: Endpoint): DType {
    return this.input.graph.nodes.get(node)?.outputs[index] ?? 'variant';
  }
}

/** Strings, resources and variants have no size that a shape tells. */
function bytesOf(dtype: DType, shape: PartialShape): number | null {
  const { bytes } = dtypeInfo[dtype];
  return isFullyKnown(shape) && bytes > 0 ? sizeOf(shape) * bytes : null;
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
