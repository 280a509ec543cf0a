// `npm start`: installs what the main job needs and nothing that only tests or benches need, builds it, runs it.
// Arguments after `--` go to the job.
import { checkNode, install, run, turbo } from './tools.mjs';

const apps = ['@sessionflow/pose', '@sessionflow/cli'];
checkNode();
install(apps);
turbo(['build', ...apps.map((name) => `--filter=${name}`)]);
run(process.execPath, ['apps/pose/dist/main.js', ...process.argv.slice(2)]);
