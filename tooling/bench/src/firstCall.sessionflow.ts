import { loadModel } from '@sessionflow/io/node';
import { firstCall } from './firstCall.js';
import { sessionflow } from './programs/sessionflow.js';

await firstCall(async ({ path, outputs, feeds }) => {
  const { graphDef } = await loadModel(path);
  const program = await sessionflow({ graphDef, fetches: outputs, feeds, threads: Number(process.argv[3]) });
  await program.results();
  return program;
});
