/** Broken graphs: whatever nodes say, an import answers soon, with operations or with an error of the classes it names, and adds all or nothing. */
import { describe, expect, it } from 'vitest';
import { fuzzCount, random } from '@sessionflow/config/fuzz';
import * as tf from '../api/index.js';
import { InternalError, OpError, ValueError } from '../errors.js';
import { HostTensor } from '../hostTensor.js';
import { parseGraphDefText } from '../proto/graphDef.js';
import { graphDefData, type GraphDefData, type NodeDefData } from '../proto/graphDefData.js';
import type { AttrValue } from './attrs.js';
import { Graph } from './graph.js';
import { importGraphDef } from './importGraphDef.js';

/** A graph with convolutions, shapes computed from shapes, strings, a TensorFlow 1 loop. */
function sample(): GraphDefData {
  const graph = new Graph();
  graph.asDefault(() => {
    const x = tf.placeholder('float32', [null, 8, 8, 3], { name: 'x' });
    const conv = tf.nn.relu(tf.nn.biasAdd(tf.nn.conv2d(x, tf.zeros([3, 3, 3, 4]), 2, 'SAME'), tf.zeros([4])));
    const pool = tf.nn.maxPool(conv, 2, 2, 'VALID');
    const batch = tf.stridedSlice(tf.shape(pool), [0], [1], [1], { shrinkAxisMask: 1 });
    const rows = tf.reshape(pool, tf.stack([batch, -1]));
    const logits = tf.matmul(rows, tf.ones([16, 5]));
    const parts = tf.split(tf.nn.softmax(logits), [2, 3], 1);
    const joined = tf.concat([parts[1]!, parts[0]!], 1);
    tf.oneHot(tf.argmax(joined, 1), 5);
    tf.image.resizeImages(tf.pad(conv, [[0, 0], [1, 1], [1, 1], [0, 0]]), [4, 4]);
    tf.gather(tf.transpose(joined), [0, 2]);
    tf.nn.topK(joined, 2);
    tf.strings.join([tf.placeholder('string', [2]), 'suffix']);
    tf.reduceSum(tf.tile(tf.expandDims(joined, 0), [2, 1, 1]), { axis: [0, 1] });
  });
  const loop = parseGraphDefText(`
    node { name: "n" op: "Placeholder" attr { key: "dtype" value { type: DT_INT32 } } attr { key: "shape" value { shape {} } } }
    node { name: "enter" op: "Enter" input: "n" attr { key: "T" value { type: DT_INT32 } } attr { key: "frame_name" value { s: "f" } } }
    node { name: "merge" op: "Merge" input: "enter" input: "next" attr { key: "T" value { type: DT_INT32 } } attr { key: "N" value { i: 2 } } }
    node { name: "less" op: "Less" input: "merge" input: "ten" attr { key: "T" value { type: DT_INT32 } } }
    node { name: "ten" op: "Const" attr { key: "dtype" value { type: DT_INT32 } } attr { key: "value" value { tensor { dtype: DT_INT32 tensor_shape {} int_val: 10 } } } }
    node { name: "cond" op: "LoopCond" input: "less" }
    node { name: "switch" op: "Switch" input: "merge" input: "cond" attr { key: "T" value { type: DT_INT32 } } }
    node { name: "exit" op: "Exit" input: "switch" attr { key: "T" value { type: DT_INT32 } } }
    node { name: "add" op: "AddV2" input: "switch:1" input: "ten" attr { key: "T" value { type: DT_INT32 } } }
    node { name: "next" op: "NextIteration" input: "add" attr { key: "T" value { type: DT_INT32 } } }`);
  return graphDefData({ ...loop, nodes: [...graph.asGraphDef().nodes, ...loop.nodes] });
}

const ints = [0, -1, 2, 7, 2 ** 31, -(2 ** 40), 2n ** 62n] as const;
const shapes = [null, [], [0], [null, null], [2 ** 40, 2 ** 40], [1, 1, 1, 1, 1, 1]] as const;
const types = ['float32', 'int32', 'int64', 'string', 'bool', 'resource', 'variant', 'complex64'] as const;

/** The graph with one to three of its nodes changed. */
function mutated(data: GraphDefData, next: () => number): GraphDefData {
  const nodes = [...data.nodes];
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
  const put = <T>(list: readonly T[], value: T): T[] => list.map((item, i, all) => (i === Math.floor(next() * all.length) ? value : item));
  for (let edits = 1 + Math.floor(next() * 3); edits > 0; edits--) {
    const at = Math.floor(next() * nodes.length);
    const node = nodes[at]!;
    const attr = pick([...Object.keys(node.attr), 'N']);
    const other = pick(data.nodes);
    const changes: readonly (() => NodeDefData)[] = [
      () => ({ ...node, input: put(node.input, other.name) }),
      () => ({ ...node, input: put(node.input, `${other.name}:${Math.floor(next() * 4)}`) }),
      () => ({ ...node, input: next() < 0.5 ? node.input.slice(1) : [...node.input, other.name] }),
      () => ({ ...node, input: [...node.input, `^${other.name}`] }),
      () => ({ ...node, op: other.op }),
      () => ({ ...node, name: next() < 0.5 ? other.name : '' }),
      () => ({ ...node, attr: { ...node.attr, [attr]: other.attr[pick(Object.keys(other.attr))] ?? { kind: 'list', of: 'int', value: [] } } }),
      () => ({ ...node, attr: { ...node.attr, [attr]: changedAttr(node.attr[attr], pick) } }),
    ];
    nodes[at] = pick(changes)();
  }
  return { ...data, nodes };
}

function changedAttr(attr: AttrValue | undefined, pick: <T>(list: readonly T[]) => T): AttrValue {
  switch (attr?.kind) {
    case 'int': return { kind: 'int', value: pick(ints) };
    case 'shape': return { kind: 'shape', value: pick(shapes) };
    case 'type': return { kind: 'type', value: pick(types) };
    case 'tensor': {
      const { dtype, shape } = attr.value;
      return dtype === 'int32' ? { kind: 'tensor', value: HostTensor.full(shape, pick([0, -1, 5, 2147483647, -2147483648]), dtype) } : attr;
    }
    case 'list': return attr.of === 'int' ? { kind: 'list', of: 'int', value: pick([[], [0, 0, 0, 0], [-1, 2 ** 31, 1, 1], attr.value.slice(1)]) } : attr;
    default: return { kind: 'int', value: pick(ints) };
  }
}

describe('importGraphDef', () => {
  it('answers to broken graphs in its own words', () => {
    const data = sample();
    importGraphDef(data, { graph: new Graph() });
    const next = random(20240607);
    const counts = new Map<string, number>();
    for (let i = 0; i < fuzzCount(); i++) {
      const graph = new Graph();
      const broken = mutated(data, next);
      const start = performance.now();
      let outcome = 'imported';
      try {
        importGraphDef(broken, { graph });
        graph.toGraphData();
      } catch (error) {
        outcome = error instanceof Error ? error.name : 'no error at all';
        const isExpected = (error instanceof OpError && !(error instanceof InternalError)) || error instanceof ValueError;
        expect(isExpected, `mutation ${i}: ${String(error)} ${error instanceof Error ? error.stack : ''}`).toBe(true);
        expect(graph.version).toBe(0);
      }
      expect(performance.now() - start, `mutation ${i}`).toBeLessThan(2000);
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(['InvalidArgumentError', 'ValueError', 'imported']);
  });
});
