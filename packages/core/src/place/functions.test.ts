import { describe, expect, it } from 'vitest';
import { call, devices, error, full, functionDef, node, placed, thrown, typed, where } from './testing/fakes.js';

const cpu0 = '/device:FakeCPU:0';
const gpu0 = '/device:FakeGPU:0';
const isolated = { isolateFunctionResources: true };
const soft = { ...isolated, allowSoftPlacement: true };
const resource = { attr: typed('T', 'DT_RESOURCE') };
const R = 'DT_RESOURCE';
const F = 'DT_FLOAT';
const placeholderT = { attr: { T: { placeholder: 'T' } } };

const swap = functionDef(
  'Swap',
  ['a: T', 'b: T'],
  ['x: T', 'y: T'],
  [node('ib', 'Identity', ['b'], placeholderT), node('ia', 'Identity', ['a'], placeholderT)],
  ['ib:output:0', 'ia:output:0'],
);
const same = functionDef('Same', ['x: DT_RESOURCE'], ['y: DT_RESOURCE'], [node('i', 'Identity', ['x'], resource)], ['i:output:0']);
const makesOnCpu = functionDef(
  'MakesOnCpu',
  ['x: DT_FLOAT'],
  ['h: DT_RESOURCE', 'y: DT_FLOAT'],
  [node('make', 'HandleOnCpu')],
  ['make:o:0', 'x'],
);
const argument = (name: string, dtype: string, device = ''): object => node(name, '_Arg', [], { attr: typed('T', dtype), device });
const swapped = (device: string): object => call('y', 'Swap', ['a', 'b'], [R, R], [R, R], { T: R, device });
const same1 = (name: string, input: string): object => call(name, 'Same', [input], [R], [R]);

describe('a call that returns resources', () => {
  it('ties its inputs and outputs to each other as its body does, and itself to nothing', () => {
    const nodes = [
      argument('a', R, cpu0),
      argument('b', R, gpu0),
      swapped(''),
      node('r1', 'Identity', ['y'], resource),
      node('r2', 'Identity', ['y:1'], resource),
    ];
    expect(where(nodes, soft, [swap])).toMatchObject({ a: 'CPU:0', b: 'GPU:0', y: 'GPU:0', r1: 'GPU:0', r2: 'CPU:0' });
    const pinned = nodes.with(2, swapped(cpu0));
    expect(where(pinned, soft, [swap])).toMatchObject({ y: 'CPU:0', r1: 'GPU:0', r2: 'CPU:0' });
  });

  it('puts consumers of its resources where those are, whatever they ask for', () => {
    const nodes = [argument('a', R, cpu0), same1('y', 'a'), node('r', 'Identity', ['y'], { ...resource, device: gpu0 })];
    expect(where(nodes, isolated, [same])).toMatchObject({ a: 'CPU:0', r: 'CPU:0' });
    expect(where([...nodes.slice(0, 1), call('y', 'Same', ['a'], [R], [R], { device: gpu0 }), nodes[2]!], soft, [same])).toMatchObject({
      y: 'GPU:0',
      r: 'CPU:0',
    });
  });

  it('carries what its body can do only somewhere', () => {
    const nodes = [
      node('in', 'Generator'),
      call('y', 'MakesOnCpu', ['in'], [F], [R, F]),
      node('r', 'Identity', ['y'], resource),
      node('v', 'Relu', ['y:1']),
    ];
    expect(where(nodes, isolated, [makesOnCpu])).toMatchObject({ y: 'GPU:0', r: 'CPU:0', v: 'GPU:0' });
    for (const functions of [
      [makesOnCpu],
      [
        makesOnCpu,
        functionDef(
          'Outer',
          ['x: DT_FLOAT'],
          ['h: DT_RESOURCE', 'y: DT_FLOAT'],
          [call('inner', 'MakesOnCpu', ['x'], [F], [R, F])],
          ['inner:output:0', 'inner:output:1'],
        ),
      ],
    ]) {
      const callee = functions.length > 1 ? 'Outer' : 'MakesOnCpu';
      expect(() =>
        placed(nodes.with(1, call('y', callee, ['in'], [F], [R, F])), { ...soft, assigned: { r: full('GPU:0') } }, functions),
      ).toThrow("Cannot assign a device for operation y_r: Could not satisfy explicit device specification ''");
    }
  });

  it('ties a resource that goes in twice to all that come out', () => {
    const twice = call('y', 'Swap', ['a', 'a'], [R, R], [R, R], { T: R, device: gpu0 });
    const nodes = [
      argument('a', R),
      twice,
      node('r1', 'Identity', ['y'], resource),
      node('r2', 'Identity', ['y:1'], { ...resource, device: cpu0 }),
    ];
    expect(where(nodes, isolated, [swap])).toMatchObject({ a: 'CPU:0', y: 'GPU:0', r1: 'CPU:0', r2: 'CPU:0' });
  });

  it('leaves an argument that nothing asks a device for to its group', () => {
    const nodes = [
      argument('a', R),
      argument('b', R, cpu0),
      swapped(cpu0),
      node('r1', 'Identity', ['y'], resource),
      node('r2', 'Identity', ['y:1'], resource),
    ];
    expect(where(nodes, isolated, [swap])).toMatchObject({ a: 'GPU:0', b: 'CPU:0', y: 'CPU:0', r1: 'CPU:0', r2: 'GPU:0' });
  });

  it('hands on the requests of its body', () => {
    const pinning = functionDef(
      'Pinning',
      ['x: DT_RESOURCE'],
      ['y: DT_RESOURCE'],
      [node('i', 'Identity', ['x'], { ...resource, device: '/device:FakeGPU:2' })],
      ['i:output:0'],
    );
    const nodes = [argument('a', R), call('y', 'Pinning', ['a'], [R], [R]), node('r', 'Identity', ['y'], resource)];
    expect(where(nodes, isolated, [pinning])).toMatchObject({ a: 'GPU:2', r: 'GPU:2' });
  });
});

describe('conflicts through calls', () => {
  const message =
    /^Cannot place the graph because a reference or resource edge connects colocation groups with incompatible resource devices: \/device:FakeCPU:0 vs \/device:FakeGPU:0\. /;
  const inputs = [argument('a', R, cpu0), argument('b', R, gpu0)];

  it('one call', () => {
    const nodes = [...inputs, same1('y', 'a'), node('j', 'Join', ['y', 'b'])];
    expect(() => placed(nodes, soft, [same])).toThrow(message);
  });

  it('two calls, the last found going first', () => {
    const nodes = [...inputs, same1('y', 'a'), same1('z', 'b'), node('j', 'Join', ['y', 'z'])];
    expect(() => placed(nodes, soft, [same])).toThrow(message);
  });

  it('two calls in a row', () => {
    const nodes = [...inputs, same1('y', 'a'), same1('w', 'y'), same1('z', 'b'), node('j', 'Join', ['w', 'z'])];
    expect(() => placed(nodes, soft, [same])).toThrow(message);
  });

  it('inside a body', () => {
    const outer = functionDef(
      'Outer',
      [],
      ['o: DT_RESOURCE'],
      [
        node('c', 'HandleOnCpu'),
        same1('y', 'c:o:0'),
        same1('w', 'y:output:0'),
        node('g', 'HandleOnGpu'),
        same1('z', 'g:o:0'),
        node('j', 'Join', ['w:output:0', 'z:output:0']),
      ],
      ['j:o:0'],
    );
    expect(() => placed([call('y', 'Outer', [], [], [F])], soft, [outer, same])).toThrow(
      'Nodes were connected by a reference connection (requiring them to be on the same device), but the two nodes were assigned two different devices: ',
    );
  });
});

describe('calls that are not looked into', () => {
  it('return no resource, or are direct', () => {
    const takes = functionDef('Takes', ['h: DT_RESOURCE'], ['v: DT_FLOAT'], [node('r', 'ReadOnCpu', ['h'])], ['r:o:0']);
    const handle = node('h', 'Handle', [], { device: gpu0 });
    expect(where([handle, call('y', 'Takes', ['h'], [R], [F], { device: '/device:FakeCPU:1' })], isolated, [takes])).toEqual({
      h: 'GPU:0',
      y: 'CPU:1',
    });
    // A direct call may be anywhere, but takes the resource where that is.
    expect(where([handle, node('y', 'Takes', ['h'])], isolated, [takes])).toEqual({ h: 'GPU:0', y: 'GPU:0' });
    expect(
      where([node('y', 'Made', [])], isolated, [functionDef('Made', [], ['h: DT_RESOURCE'], [node('m', 'HandleOnCpu')], ['m:o:0'])]),
    ).toEqual({ y: 'GPU:0' });
  });
});

describe('the isolation pass', () => {
  it('names what it inserts after both ends, uniquely', () => {
    const nodes = [
      argument('a', R),
      same1('y', 'a'),
      node('r', 'Identity', ['y'], resource),
      node('s', 'Identity', ['y'], resource),
      node('a_y', 'Input'),
      same1('lone', 'a'),
    ];
    expect(Object.keys(placed(nodes, isolated, [same]).placement)).toEqual([
      'a',
      'y',
      'r',
      's',
      'a_y',
      'lone',
      'a_y_0',
      'y_r',
      'y_s',
      'a_lone',
      'lone_0',
    ]);
    expect(Object.keys(placed(nodes, {}, [same]).placement)).toEqual(['a', 'y', 'r', 's', 'a_y', 'lone']);
  });

  it('stands between two calls twice', () => {
    expect(Object.keys(placed([argument('a', R), same1('y', 'a'), same1('z', 'y')], isolated, [same]).placement)).toEqual([
      'a',
      'y',
      'z',
      'a_y',
      'y_z',
      'y_z_z',
      'z_0',
    ]);
  });

  it('leaves a call that fed nothing its edge to the sink: no device draws it', () => {
    const made = functionDef('Made', [], ['h: DT_RESOURCE'], [node('m', 'HandleOnCpu')], ['m:o:0']);
    // What the pass puts behind the call is the only thing that it feeds then, and stands on the CPU.
    expect(where([call('y', 'Made', [], [], [R])], isolated, [made])).toEqual({ y: 'GPU:0', y_0: 'CPU:0' });
    expect(where([call('y', 'Made', [], [], [R]), node('r', 'Read', ['y'])], isolated, [made])).toMatchObject({ y: 'CPU:0', y_r: 'CPU:0', r: 'CPU:0' });
  });

  it('needs no kernels for what it inserts', () => {
    const few = devices.map((device) => ({
      ...device,
      supports: { Handle: true as const, PartitionedCall: true as const, HandleOnCpu: true as const },
    }));
    const made = functionDef('Made', [], ['h: DT_RESOURCE'], [node('m', 'HandleOnCpu')], ['m:o:0']);
    expect(where([call('y', 'Made', [], [], [R])], { ...isolated, devices: few }, [made])).toEqual({ y: 'GPU:0', y_0: 'GPU:0' });
  });
});

describe('functions that will not do', () => {
  it('must be in the library', () => {
    expect(thrown(() => placed([call('y', 'Nowhere', [], [], [R])], isolated, [same]))?.message).toMatch(
      /^Failed to find function "Nowhere" in function library: function \{/,
    );
  });

  it('must be named', () => {
    expect(() => placed([node('y', 'PartitionedCall')], isolated)).toThrow("No attr named 'f' in NodeDef 'y'");
  });

  it('must not call themselves', () => {
    const recursive = functionDef(
      'Again',
      ['x: DT_RESOURCE'],
      ['y: DT_RESOURCE'],
      [call('out', 'Again', ['x'], [R], [R])],
      ['out:output:0'],
    );
    const nodes = [argument('a', R), call('y', 'Again', ['a'], [R], [R]), node('r', '_Retval', ['y'], resource)];
    expect(thrown(() => placed(nodes, soft, [recursive]))).toEqual(
      error(
        'UnimplementedError',
        'Recursive function calls are not supported. Node {{node out}} inside the body of {{function_node Again}} calls function {{function_node Again}} which is ' +
          'already present in the call stack:\n  Graph contains node {{node y}}\n  Node {{node y}} calls function {{function_node Again}}',
      ),
    );
  });

  it('must not call each other', () => {
    const f = functionDef('F', ['x: DT_RESOURCE'], ['y: DT_RESOURCE'], [call('out', 'G', ['x'], [R], [R])], ['out:output:0']);
    const g = functionDef('G', ['x: DT_RESOURCE'], ['y: DT_RESOURCE'], [call('back', 'F', ['x'], [R], [R])], ['back:output:0']);
    expect(thrown(() => placed([argument('a', R), call('y', 'F', ['a'], [R], [R])], soft, [f, g]))).toEqual(
      error(
        'UnimplementedError',
        'Recursive function calls are not supported. Node {{node back}} inside the body of {{function_node G}} calls function {{function_node F}} which is ' +
          'already present in the call stack:\n  Graph contains node {{node y}}\n  Node {{node y}} calls function {{function_node F}}\n  ' +
          'Function {{function_node F}} contains node {{node out}}\n  Node {{node out}} calls function {{function_node G}}',
      ),
    );
  });

  it('must fit the call', () => {
    expect(() => placed([argument('a', R), argument('b', R), call('y', 'Same', ['a', 'b'], [R, R], [R])], {}, [same])).toThrow(
      'Cannot apply input/output device constraints to node y because input_groups.size() (1) is different from number of inputs into the op node (2)',
    );
  });
});
