// Installs the workspace and builds the named packages (turbo's filters), each only if it must be: for scripts that are no npm command, on a machine
// that has Node, npm and nothing else.
import { checkNode, install, turbo } from './tools.mjs';

checkNode();
install();
turbo(['build', ...process.argv.slice(2).map((name) => `--filter=${name}`)]);
