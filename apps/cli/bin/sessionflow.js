#!/usr/bin/env node
// Tracked, so that package managers can link the command before the first build.
import '../dist/main.js';
