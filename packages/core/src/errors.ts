/**
 * TensorFlow's error classes, one per status code. A program can match on the class, on `code` or on `codeName`.
 * Graph-building and conversion mistakes that Python reports as TypeError, ValueError, KeyError or RuntimeError are the classes at the end.
 */

const codes = {
  CANCELLED: 1, UNKNOWN: 2, INVALID_ARGUMENT: 3, DEADLINE_EXCEEDED: 4, NOT_FOUND: 5, ALREADY_EXISTS: 6, PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8, FAILED_PRECONDITION: 9, ABORTED: 10, OUT_OF_RANGE: 11, UNIMPLEMENTED: 12, INTERNAL: 13, UNAVAILABLE: 14,
  DATA_LOSS: 15, UNAUTHENTICATED: 16,
} as const;

export type CodeName = keyof typeof codes;

/** What an error knows beside its text. */
export interface ErrorDetail {
  /** The node the error is about. */
  readonly node?: string | undefined;
  /** Its op type. */
  readonly op?: string | undefined;
  readonly cause?: unknown;
}

/** The base of all errors with a TensorFlow status code. */
export class OpError extends Error {
  readonly code: number;
  readonly node: string | undefined;
  readonly op: string | undefined;

  constructor(readonly codeName: CodeName, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = new.target.name;
    this.code = codes[codeName];
    this.node = detail.node;
    this.op = detail.op;
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

/** The class of each code name. */
export const errorClasses = {
  CANCELLED: CancelledError, UNKNOWN: UnknownError, INVALID_ARGUMENT: InvalidArgumentError, DEADLINE_EXCEEDED: DeadlineExceededError,
  NOT_FOUND: NotFoundError, ALREADY_EXISTS: AlreadyExistsError, PERMISSION_DENIED: PermissionDeniedError,
  RESOURCE_EXHAUSTED: ResourceExhaustedError, FAILED_PRECONDITION: FailedPreconditionError, ABORTED: AbortedError,
  OUT_OF_RANGE: OutOfRangeError, UNIMPLEMENTED: UnimplementedError, INTERNAL: InternalError, UNAVAILABLE: UnavailableError,
  DATA_LOSS: DataLossError, UNAUTHENTICATED: UnauthenticatedError,
} as const satisfies Record<CodeName, new (message: string, detail?: ErrorDetail) => OpError>;

/** The error class with a status number of TensorFlow; an unknown number gives UnknownError. */
export function errorFromCode(code: number, message: string, detail?: ErrorDetail): OpError {
  const name = (Object.keys(codes) as CodeName[]).find((key) => codes[key] === code) ?? 'UNKNOWN';
  return new errorClasses[name](message, detail);
}

/** Attaches the node to a kernel's or the placer's error, as TensorFlow's text does, keeping the class. */
export function attachNode(error: OpError, node: string, op?: string): OpError {
  const tag = error.message.includes('{{node ') ? node : `{{node ${node}}}`;
  return new errorClasses[error.codeName](`${error.message}\n\t [[${tag}]]`, { node, op, cause: error.cause });
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
