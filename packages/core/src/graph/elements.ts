/** Finding a tensor or an operation of a graph by name or by itself, with TensorFlow's error texts. */
import { KeyError, ValueError } from '../errors.js';
import type { Graph } from './graph.js';
import { didYouMean } from './names.js';
import { Operation } from './operation.js';
import { Tensor } from './tensor.js';

const form = 'Tensor names must be of the form "<op_name>:<output_index>".';

/** Which kinds of element the caller can use. */
export interface ElementKinds {
  readonly allowTensor?: boolean;
  readonly allowOperation?: boolean;
}

/** Something that stands for a graph element, as a variable stands for its value. */
export interface GraphElementLike {
  asGraphElement(): Tensor | Operation;
}

/** The texts are TensorFlow's; a missing element is a KeyError, a malformed or foreign one a ValueError, anything else a TypeError. */
export function findElement(graph: Graph, asked: unknown, kinds: ElementKinds): Tensor | Operation {
  const { allowTensor = true, allowOperation = true } = kinds;
  if (!allowTensor && !allowOperation) throw new ValueError("allow_tensor and allow_operation can't both be False.");
  const expected = allowTensor ? (allowOperation ? 'Tensor or Operation' : 'Tensor') : 'Operation';
  const element = isElementLike(asked) ? asked.asGraphElement() : asked;
  if (typeof element === 'string') return findByName(graph, element, allowTensor, allowOperation, expected);
  if (element instanceof Tensor && allowTensor) {
    if (element.graph !== graph) throw new ValueError(`Tensor ${element.toString()} is not an element of this graph.`);
    return element;
  }
  if (element instanceof Operation && allowOperation) {
    if (element.graph !== graph) throw new ValueError(`Operation ${element.toString()} is not an element of this graph.`);
    return element;
  }
  throw new TypeError(`Can not convert a ${typeName(element)} into a ${expected}.`);
}

function findByName(graph: Graph, name: string, allowTensor: boolean, allowOperation: boolean, expected: string): Tensor | Operation {
  const operations = graph.operationsByName;
  if (name.includes(':')) {
    if (!allowTensor) throw new ValueError(`Name '${name}' appears to refer to a Tensor, not a ${expected}.`);
    const [operation = '', index = '', ...more] = name.split(':');
    if (more.length > 0 || !/^\s*[-+]?\d+\s*$/.test(index)) {
      throw new ValueError(`The name '${name}' looks a like a Tensor name, but is not a valid one. ${form}`);
    }
    const op = operations.get(operation);
    if (op === undefined) {
      throw new KeyError(
        `The name '${name}' refers to a Tensor which does not exist. The operation, '${operation}', ` +
          `does not exist in the graph.${didYouMean(operation, operations.keys())}`,
      );
    }
    const tensor = op.outputs.at(Number(index));
    if (tensor === undefined) {
      throw new KeyError(
        `The name '${name}' refers to a Tensor which does not exist. The operation, '${operation}', ` +
          `exists but only has ${op.outputs.length} outputs.`,
      );
    }
    return tensor;
  }
  const op = operations.get(name);
  if (allowOperation) {
    if (op !== undefined) return op;
    throw new KeyError(`The name '${name}' refers to an Operation not in the graph.${didYouMean(name, operations.keys())}`);
  }
  if (op !== undefined) throw new ValueError(`The name '${name}' refers to an Operation, not a ${expected}. ${form}`);
  throw new ValueError(`The name '${name}' looks like an (invalid) Operation name, not a ${expected}. ${form}`);
}

function isElementLike(value: unknown): value is GraphElementLike {
  return (
    typeof value === 'object' &&
    value !== null &&
    'asGraphElement' in value &&
    typeof value.asGraphElement === 'function' &&
    value.asGraphElement.length === 0
  );
}

/** The name of a value's type, for error texts. */
export function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value;
  const constructor: unknown = value.constructor;
  return typeof constructor === 'function' ? constructor.name : 'object';
}
