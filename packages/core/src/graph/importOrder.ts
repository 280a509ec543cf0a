/** The order in which nodes of a GraphDef are made: inputs first, always the ready node that stands first; loops close at the end. */
import { InvalidArgumentError, ValueError } from '../errors.js';
import type { NodeDefData } from '../proto/graphDefData.js';
import { parseInput, type InputText } from './inputText.js';

/** A node of the file with its inputs read. */
export interface IndexedNode {
  readonly def: NodeDefData;
  /** Data inputs. */
  readonly inputs: readonly InputText[];
  /** Names behind `^`. */
  readonly controls: readonly string[];
}

// `>` and `\` come from TensorFlow 2's converters.
const nodeName = /^[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*$/;

/** Reads and checks names and inputs. ValueErrors with TensorFlow's texts. */
export function indexNodes(nodes: readonly NodeDefData[]): Map<string, IndexedNode> {
  const index = new Map<string, IndexedNode>();
  for (const def of nodes) {
    const name = def.name;
    if (!nodeName.test(name)) throw new ValueError(`Node '${name}': Node name contains invalid characters`);
    if (index.has(name)) throw new ValueError(`Node '${name}' is not unique`);
    if (def.op === '') throw new ValueError(`Node '${name}' does not specify an operation`);
    const inputs: InputText[] = [];
    const controls: string[] = [];
    for (const text of def.input) {
      const input = parseInput(text);
      if (input.index === -1) controls.push(input.node);
      else if (controls.length > 0) throw new ValueError(`Node '${name}': Control dependencies must come after regular dependencies`);
      else inputs.push(input);
    }
    index.set(name, { def, inputs, controls });
  }
  return index;
}

/** Whether an input closes a while loop: the only edges that may point backwards. */
export function isLoopEdge(nodes: ReadonlyMap<string, IndexedNode>, consumer: IndexedNode, input: InputText): boolean {
  if (input.index === -1 || !isOneOf(consumer.def.op, 'Merge')) return false;
  const producer = nodes.get(input.node);
  return producer !== undefined && isOneOf(producer.def.op, 'NextIteration');
}

function isOneOf(op: string, type: string): boolean {
  return op === type || op === `Ref${type}`;
}

/**
 * The order. `isInside` tells which inputs are nodes of the file (others are there already). InvalidArgumentError for a cycle that is no
 * while loop.
 */
export function importOrder(
  nodes: ReadonlyMap<string, IndexedNode>,
  isInside: (consumer: IndexedNode, node: string, index: number) => boolean,
): IndexedNode[] {
  const list = [...nodes.values()];
  const position = new Map(list.map((node, i) => [node.def.name, i]));
  const pending = new Int32Array(list.length);
  const consumers = list.map((): number[] => []);
  list.forEach((node, at) => {
    const waitFor = (name: string, index: number): void => {
      if (!isInside(node, name, index)) return;
      pending[at]!++;
      consumers[position.get(name)!]!.push(at);
    };
    for (const input of node.inputs) if (!isLoopEdge(nodes, node, input)) waitFor(input.node, input.index);
    for (const control of node.controls) waitFor(control, -1);
  });
  const ready = new SmallestFirst();
  pending.forEach((count, at) => {
    if (count === 0) ready.push(at);
  });
  const order: IndexedNode[] = [];
  for (let at = ready.pop(); at !== undefined; at = ready.pop()) {
    order.push(list[at]!);
    for (const consumer of consumers[at]!) if (--pending[consumer]! === 0) ready.push(consumer);
  }
  if (order.length < list.length) {
    const stuck = list
      .filter((_, at) => pending[at]! > 0)
      .slice(0, 3)
      .map((node) => node.def.name);
    throw new InvalidArgumentError(
      `Graph is invalid, contains a cycle with ${list.length - order.length} nodes, including: ${stuck.join(', ')}`,
      { node: stuck[0] },
    );
  }
  return order;
}

/** A binary heap of numbers. */
class SmallestFirst {
  readonly #heap: number[] = [];

  push(value: number): void {
    const heap = this.#heap;
    let at = heap.push(value) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]! <= value) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = value;
  }

  pop(): number | undefined {
    const heap = this.#heap;
    const smallest = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return smallest;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]! < heap[child]!) child++;
      if (heap[child]! >= last) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return smallest;
  }
}
