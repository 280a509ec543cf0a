import { App } from './app.js';

const app = new App(new URLSearchParams(location.search));
app.start().catch((error: unknown) => { app.shell.fail(error); });
