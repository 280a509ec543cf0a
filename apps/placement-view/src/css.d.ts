declare module '*.css?inline' {
  const text: string;
  export default text;
}

/** layout.worker.ts as text, put in by the build. */
declare module 'layout-worker' {
  const source: string;
  export default source;
}
