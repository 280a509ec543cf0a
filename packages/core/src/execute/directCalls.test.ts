import { describe, expect, it } from 'vitest';
import * as tf from '../index.js';
import { parseGraphDefText } from '../proto/graphDef.js';

const float = 'attr { key: "T" value { type: DT_FLOAT } }';

/** `y` calls `twice` by its name, which calls `same`; `count` calls itself while its argument is above 0. */
function graphOf(): tf.Graph {
  const graph = new tf.Graph();
  tf.importGraphDef(parseGraphDefText(`
    node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } } attr { key: "shape" value { shape { unknown_rank: true } } } }
    node { name: "y" op: "twice" input: "x" }
    node { name: "out" op: "Neg" input: "y" ${float} }
    node { name: "n" op: "count" input: "x" }
    node { name: "counted" op: "Neg" input: "n" ${float} }
    library {
      function { signature { name: "same" input_arg { name: "a" type: DT_FLOAT } output_arg { name: "b" type: DT_FLOAT } }
        node_def { name: "id" op: "Relu" input: "a" device: "/gpu:0" ${float} } ret { key: "b" value: "id:activations:0" } }
      function { signature { name: "twice" input_arg { name: "a" type: DT_FLOAT } output_arg { name: "b" type: DT_FLOAT } }
        node_def { name: "inner" op: "same" input: "a" }
        node_def { name: "sum" op: "AddV2" input: "inner:b:0" input: "inner:b:0" ${float} } ret { key: "b" value: "sum:z:0" } }
      function { signature { name: "zero" input_arg { name: "a" type: DT_FLOAT } output_arg { name: "b" type: DT_FLOAT } }
        node_def { name: "none" op: "Sub" input: "a" input: "a" ${float} } ret { key: "b" value: "none:z:0" } }
      function { signature { name: "next" input_arg { name: "a" type: DT_FLOAT } output_arg { name: "b" type: DT_FLOAT } }
        node_def { name: "one" op: "Const" attr { key: "dtype" value { type: DT_FLOAT } } attr { key: "value" value { tensor { dtype: DT_FLOAT tensor_shape {} float_val: 1 } } } }
        node_def { name: "less" op: "Sub" input: "a" input: "one:output:0" ${float} }
        node_def { name: "rest" op: "count" input: "less:z:0" }
        node_def { name: "sum" op: "AddV2" input: "rest:b:0" input: "one:output:0" ${float} } ret { key: "b" value: "sum:z:0" } }
      function { signature { name: "count" input_arg { name: "a" type: DT_FLOAT } output_arg { name: "b" type: DT_FLOAT } }
        node_def { name: "choose" op: "If" input: "a" input: "a" attr { key: "Tcond" value { type: DT_FLOAT } } attr { key: "Tin" value { list { type: DT_FLOAT } } }
          attr { key: "Tout" value { list { type: DT_FLOAT } } } attr { key: "then_branch" value { func { name: "next" } } } attr { key: "else_branch" value { func { name: "zero" } } } }
        ret { key: "b" value: "choose:output:0" } }
    }`), { graph, name: '' });
  return graph;
}

describe('a node whose op is a function’s name', () => {
  it('calls it, also from within another one', async () => {
    await using session = new tf.Session({ graph: graphOf(), backends: [tf.reference()], config: { allowSoftPlacement: true } });
    expect((await session.run('out:0', { 'x:0': [1, -2, 3] })).toArray()).toEqual([-2, -0, -6]);
  });

  it('may call itself', async () => {
    await using session = new tf.Session({ graph: graphOf(), backends: [tf.reference()] });
    expect((await session.run('counted:0', { 'x:0': 3 })).item()).toBe(-3);
    expect((await session.run('counted:0', { 'x:0': 40 })).item()).toBe(-40);
  });

  it('is explained with what it calls', async () => {
    await using session = new tf.Session({ graph: graphOf(), backends: [tf.reference()], config: { allowSoftPlacement: true } });
    const { functions } = await session.explainPlacement('out:0', { 'x:0': [1] });
    expect(functions.map(({ name, callers }) => [name, callers])).toEqual([['twice', ['y']], ['same', ['inner']]]);
    expect(functions[1]?.nodes.find(({ name }) => name === 'id')).toMatchObject({ rule: 'soft', requested: '/gpu:0' });
  });
});
