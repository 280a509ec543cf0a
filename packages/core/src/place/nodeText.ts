/** Nodes and attributes as TensorFlow's error texts spell them. */
import { dtypeInfo, type DType } from '../dtypes.js';
import type { AttrKind, Attrs, AttrTypes, AttrValue } from '../graph/attrs.js';
import type { NodeData } from '../graph/graphData.js';
import { shapeText, type PartialShape } from '../shape.js';

const utf8 = new TextDecoder();

/** `DT_FLOAT`; references end in `_REF`. */
export function dataTypeText(dtype: DType | undefined, isRef = false): string {
  return dtype === undefined ? 'DT_INVALID' : `DT_${dtypeInfo[dtype].tfName.toUpperCase()}${isRef ? '_REF' : ''}`;
}

/** `T=DT_FLOAT, f=body[], shape=[2,?]`, by name. */
export function attrsText(attrs: Attrs): string {
  return Object.keys(attrs)
    .sort()
    .map((name) => `${name}=${attrText(attrs[name])}`)
    .join(', ');
}

function attrText(attr: AttrValue | undefined): string {
  if (attr === undefined) return '<Unknown AttrValue type>';
  if (attr.kind === 'placeholder') return `$${attr.value}`;
  if (attr.kind !== 'list') return valueText(attr.kind, attr.value);
  const items = (attr.value as readonly AttrTypes[AttrKind][]).map((value) => valueText(attr.of, value));
  // A long list shows its ends.
  if (items.length > 30) items.splice(5, items.length - 10, '...');
  return `[${items.join(', ')}]`;
}

function valueText(kind: AttrKind, value: AttrTypes[AttrKind]): string {
  switch (kind) {
    case 'string':
      return stringText(value as Uint8Array);
    case 'int':
    case 'float':
    case 'bool':
      return `${value as number | bigint | boolean}`;
    case 'type':
      return dataTypeText(value as DType);
    case 'shape':
      return shapeText(value as PartialShape);
    case 'tensor': {
      const tensor = value as AttrTypes['tensor'];
      return `Tensor<type: ${dtypeInfo[tensor.dtype].tfName} shape: ${shapeText(tensor.shape)}>`;
    }
    case 'func': {
      const called = value as AttrTypes['func'];
      return `${called.name}[${attrsText(called.attrs)}]`;
    }
    default:
      return kind satisfies never;
  }
}

/** Quoted; a long one shows its ends. */
function stringText(bytes: Uint8Array): string {
  const text = JSON.stringify(utf8.decode(bytes));
  return text.length < 82 ? text : `${text.slice(0, 11)}...${text.slice(-11)}`;
}

/** A node in full: `{name:'n' id:2 op device:{} def:{{{node n}} = MatMul[T=DT_FLOAT, _device="/gpu:0"](a, b:1, ^c)}}`. */
export function nodeText(node: NodeData, id: number, attrs: Attrs): string {
  const inputs = [
    ...node.inputs.map(({ node: from, index }) => (index === 0 ? from : `${from}:${index}`)),
    ...node.controls.map((from) => `^${from}`),
  ];
  const listed = [attrsText(attrs), node.device === '' ? '' : `_device=${JSON.stringify(node.device)}`]
    .filter((text) => text !== '')
    .join(', ');
  return `{name:'${node.name}' id:${id} op device:{} def:{{{node ${node.name}}} = ${node.op}[${listed}](${inputs.join(', ')})}}`;
}
