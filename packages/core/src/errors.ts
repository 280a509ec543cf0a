/**
 * TensorFlow's error classes, one per status code. A program can match on the class, on `code` or on `codeName`.
 * Graph-building and conversion mistakes that Python reports as TypeError, ValueError, KeyError or RuntimeError are the classes at the end.
 */
import type { Operation } from './graph/operation.js';
import type { NodeDef } from './proto/index.js';
import { codes, type CodeName } from './errorCodes.js';

export type { CodeName } from './errorCodes.js';

/** What an error knows beside its text. */
export interface ErrorDetail {
  /** The node the error is about. */
  readonly node?: string | undefined;
  /** Its op type. */
  readonly op?: string | undefined;
  /** The operation of the caller's graph, where a session found it. */
  readonly operation?: Operation | undefined;
  readonly cause?: unknown;
}

/** The base of all errors with a TensorFlow status code. */
export class OpError extends Error {
  readonly code: number;
  /** The name of the node that failed, and its op type, as far as they are known. */
  readonly node: string | undefined;
  readonly opType: string | undefined;
  /** The operation of the session's graph that failed; undefined where the error names none, or one that the compiler made. */
  readonly op: Operation | undefined;

  constructor(readonly codeName: CodeName, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = new.target.name;
    this.code = codes[codeName];
    this.node = detail.node;
    this.opType = detail.op;
    this.op = detail.operation;
  }

  /** TensorFlow's name of `code`. */
  get errorCode(): number {
    return this.code;
  }

  /** The NodeDef of `op`. */
  get nodeDef(): NodeDef | undefined {
    return this.op?.nodeDef;
  }

  /** Class and message, and where `op` was made. */
  override toString(): string {
    const text = `${this.name}: ${this.message}`;
    return this.op === undefined ? text : `${text}\n\nOriginal stack trace for '${this.op.name}':\n${this.op.traceback.join('\n')}\n`;
  }
}

export class CancelledError extends OpError {
  constructor(message: string, detail?: ErrorDetail) { super('CANCELLED', message, detail); }
}
export class UnknownError extends OpError {
  constructor(message: string, detail?: ErrorDetail) { super('UNKNOWN', message, detail); }
}
export class InvalidArgumentError extends OpError {
  constructor(message: string, detail?: ErrorDetail) { super('INVALID_ARGUMENT', message, detail); }
}
export class DeadlineExceededError extends OpError {
  constructor(message: string, detail?: ErrorDetail) { super('DEADLINE_EXCEEDED', message, detail); }
}
export class NotFoundError extends OpError {
  constructor(message: string, detail?: ErrorDetail) { super('NOT_FOUND', message, detail); }
}
export class AlreadyExistsError extends OpError {
  constructor(message: string, detail?: ErrorDetail) { super('ALREADY_EXISTS', message, detail); }
}
export class PermissionDeniedError extends OpError {
  constructor(message: string, detail?: ErrorDetail) { super('PERMISSION_DENIED', message, detail); }
}
export class ResourceExhaustedError extends OpError {
  constructor(message: string, detail?: ErrorDetail) { super('RESOURCE_EXHAUSTED', message, detail); }
}
export class FailedPreconditionError extends OpError {
  constructor(message: string, detail?: ErrorDetail) { super('FAILED_PRECONDITION', message, detail); }
}
export class AbortedError extends OpError {
  constructor(message: string, detail?: ErrorDetail) { super('ABORTED', message, detail); }
}
export class OutOfRangeError extends OpError {
  constructor(message: string, detail?: ErrorDetail) { super('OUT_OF_RANGE', message, detail); }
}
export class UnimplementedError extends OpError {
  constructor(message: string, detail?: ErrorDetail) { super('UNIMPLEMENTED', message, detail); }
}
export class InternalError extends OpError {
  constructor(message: string, detail?: ErrorDetail) { super('INTERNAL', message, detail); }
}
export class UnavailableError extends OpError {
  constructor(message: string, detail?: ErrorDetail) { super('UNAVAILABLE', message, detail); }
}
export class DataLossError extends OpError {
  constructor(message: string, detail?: ErrorDetail) { super('DATA_LOSS', message, detail); }
}
export class UnauthenticatedError extends OpError {
  constructor(message: string, detail?: ErrorDetail) { super('UNAUTHENTICATED', message, detail); }
}

/** The class of one status code. */
export type OpErrorClass = new (message: string, detail?: ErrorDetail) => OpError;

/** The class of each code name. */
export const errorClasses = {
  CANCELLED: CancelledError, UNKNOWN: UnknownError, INVALID_ARGUMENT: InvalidArgumentError, DEADLINE_EXCEEDED: DeadlineExceededError,
  NOT_FOUND: NotFoundError, ALREADY_EXISTS: AlreadyExistsError, PERMISSION_DENIED: PermissionDeniedError,
  RESOURCE_EXHAUSTED: ResourceExhaustedError, FAILED_PRECONDITION: FailedPreconditionError, ABORTED: AbortedError,
  OUT_OF_RANGE: OutOfRangeError, UNIMPLEMENTED: UnimplementedError, INTERNAL: InternalError, UNAVAILABLE: UnavailableError,
  DATA_LOSS: DataLossError, UNAUTHENTICATED: UnauthenticatedError,
} as const satisfies Record<CodeName, OpErrorClass>;

/** The name of a status number; an unknown number is UNKNOWN. */
function codeNameOf(code: number): CodeName {
  return (Object.keys(codes) as CodeName[]).find((key) => codes[key] === code) ?? 'UNKNOWN';
}

/** An error of the class that belongs to a status number of TensorFlow. */
export function errorFromCode(code: number, message: string, detail?: ErrorDetail): OpError {
  return new errorClasses[codeNameOf(code)](message, detail);
}

/** The class of a status number; UnknownError for an unknown one. */
export function exceptionTypeFromErrorCode(code: number): OpErrorClass {
  return errorClasses[codeNameOf(code)];
}

/** The status number of one of the classes. KeyError for another class. */
export function errorCodeFromExceptionType(type: OpErrorClass): number {
  const name = (Object.keys(errorClasses) as CodeName[]).find((key) => errorClasses[key] === type);
  if (name === undefined) throw new KeyError(`${type.name} is not the class of a status code`);
  return codes[name];
}

/** Attaches the node to a kernel's or the placer's error, as TensorFlow's text does, keeping the class. */
export function attachNode(error: OpError, node: string, op?: string): OpError {
  const tag = error.message.includes('{{node ') ? node : `{{node ${node}}}`;
  return new errorClasses[error.codeName](`${error.message}\n\t [[${tag}]]`, { node, op, cause: error.cause });
}

/** What the engine throws when it has no memory for an array, or none of that length, as TensorFlow's error; other errors as they are. */
export function outOfMemory(error: unknown): unknown {
  const isAllocation = error instanceof RangeError && /array (buffer )?(length|allocation)/i.test(error.message);
  return isAllocation ? new ResourceExhaustedError(`OOM when allocating memory on the host: ${error.message}.`, { cause: error }) : error;
}

/** Python's ValueError: a well-typed argument with a wrong value. */
export class ValueError extends Error {
  override name = 'ValueError';
}
/** Python's KeyError: a named thing that does not exist. */
export class KeyError extends Error {
  override name = 'KeyError';
}
/** Python's RuntimeError: a call that the object's state forbids. */
export class RuntimeError extends Error {
  override name = 'RuntimeError';
}
/** Python's AssertionError: default stacks popped out of order. */
export class AssertionError extends Error {
  override name = 'AssertionError';
}
/** A ValueError for fetches of operations that were marked as not fetchable. */
export class InaccessibleTensorError extends ValueError {
  override name = 'InaccessibleTensorError';
}
