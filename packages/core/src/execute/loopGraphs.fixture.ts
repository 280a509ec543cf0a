/** Graphs with a While, for tests: the project's API has no while_loop, files have. */
import { Graph } from '../graph/graph.js';
import { importGraphDef } from '../graph/importGraphDef.js';
import type { Tensor } from '../graph/tensor.js';
import { parseGraphDefText } from '../proto/graphDef.js';

const arg = (name: string, type: string): string => `{ name: "${name}" type: ${type} }`;
const int = (name: string, value: number): string =>
  `node_def { name: "${name}" op: "Const" attr { key: "dtype" value { type: DT_INT32 } } attr { key: "value" value { tensor { dtype: DT_INT32 tensor_shape {} int_val: ${value} } } } }`;
const typed = (type: string): string => `attr { key: "T" value { type: ${type} } }`;

/**
 * `x` doubled `count` times. `shape` in proto text; `device` is asked for what the body does to x. Without `knownShapes`, what comes out of
 * the loop has a shape that only the run knows.
 */
export function whileGraph(count: number, { device = '', size = 500, knownShapes = true } = {}): { graph: Graph; result: Tensor } {
  const shapes = knownShapes ? `attr { key: "output_shapes" value { list { shape {} shape { dim { size: ${size} } } } } }` : '';
  const text = `
    node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } attr { key: "shape" value { shape { dim { size: ${size} } } } } }
    node { name: "zero" op: "Const" attr { key: "dtype" value { type: DT_INT32 } } attr { key: "value" value { tensor { dtype: DT_INT32 tensor_shape {} int_val: 0 } } } }
    node { name: "loop" op: "While" input: "zero" input: "x" attr { key: "T" value { list { type: DT_INT32 type: DT_FLOAT } } }
      attr { key: "cond" value { func { name: "cond" } } } attr { key: "body" value { func { name: "body" } } } ${shapes} }
    node { name: "out" op: "Identity" input: "loop:1" ${typed('DT_FLOAT')} }
    library {
      function {
        signature { name: "cond" input_arg ${arg('i', 'DT_INT32')} input_arg ${arg('y', 'DT_FLOAT')} output_arg ${arg('go', 'DT_BOOL')} }
        ${int('limit', count)}
        node_def { name: "less" op: "Less" input: "i" input: "limit:output:0" ${typed('DT_INT32')} }
        ret { key: "go" value: "less:z:0" }
      }
      function {
        signature { name: "body" input_arg ${arg('i', 'DT_INT32')} input_arg ${arg('y', 'DT_FLOAT')} output_arg ${arg('j', 'DT_INT32')} output_arg ${arg('z', 'DT_FLOAT')} }
        ${int('one', 1)}
        node_def { name: "next" op: "AddV2" input: "i" input: "one:output:0" ${typed('DT_INT32')} }
        node_def { name: "double" op: "AddV2" input: "y" input: "y" device: "${device}" ${typed('DT_FLOAT')} }
        ret { key: "j" value: "next:z:0" }
        ret { key: "z" value: "double:z:0" }
      }
    }`;
  const graph = new Graph();
  const elements = graph.asDefault(() => importGraphDef(parseGraphDefText(text), { name: '', returnElements: ['out:0'] }));
  return { graph, result: elements?.[0] as Tensor };
}

/** Fibonacci numbers: (i, a, b) → (i + 1, b, a + b), `n` times (fed). A variable starts from another one's old value. */
export function fibonacciGraph(): { graph: Graph; results: readonly Tensor[] } {
  const args = ['i', 'a', 'b', 'n'];
  const inputs = args.map((name) => `input_arg ${arg(name, 'DT_INT32')}`).join(' ');
  const text = `
    ${['i', 'a', 'b', 'n'].map((name) => `node { name: "${name}" op: "Placeholder" attr { key: "dtype" value { type: DT_INT32 } } attr { key: "shape" value { shape {} } } }`).join('\n')}
    node { name: "loop" op: "While" input: "i" input: "a" input: "b" input: "n" attr { key: "T" value { list { ${'type: DT_INT32 '.repeat(4)} } } }
      attr { key: "cond" value { func { name: "cond" } } } attr { key: "body" value { func { name: "body" } } } attr { key: "output_shapes" value { list { ${'shape {} '.repeat(4)} } } } }
    library {
      function {
        signature { name: "cond" ${inputs} output_arg ${arg('go', 'DT_BOOL')} }
        node_def { name: "less" op: "Less" input: "i" input: "n" ${typed('DT_INT32')} }
        ret { key: "go" value: "less:z:0" }
      }
      function {
        signature { name: "body" ${inputs} ${['i2', 'a2', 'b2', 'n2'].map((name) => `output_arg ${arg(name, 'DT_INT32')}`).join(' ')} }
        ${int('one', 1)}
        node_def { name: "next" op: "AddV2" input: "i" input: "one:output:0" ${typed('DT_INT32')} }
        node_def { name: "sum" op: "AddV2" input: "a" input: "b" ${typed('DT_INT32')} }
        ret { key: "i2" value: "next:z:0" } ret { key: "a2" value: "b" } ret { key: "b2" value: "sum:z:0" } ret { key: "n2" value: "n" }
      }
    }`;
  const graph = new Graph();
  const elements = graph.asDefault(() => importGraphDef(parseGraphDefText(text), { name: '', returnElements: ['loop:0', 'loop:1', 'loop:2', 'loop:3'] }));
  return { graph, results: elements as readonly Tensor[] };
}
