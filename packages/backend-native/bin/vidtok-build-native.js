#!/usr/bin/env node
import { buildNative } from "../scripts/buildNative.mjs";

process.exitCode = await buildNative(process.argv.slice(2));
