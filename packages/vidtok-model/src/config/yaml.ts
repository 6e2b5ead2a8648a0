import { readFileSync } from "node:fs";
import { LineCounter, parseDocument } from "yaml";
import type { ScalarTag, Tags } from "yaml";
import { ConfigError, configValue, isNode } from "./value.ts";
import type { ConfigNode, ConfigValue } from "./value.ts";

// The reference's loader is PyYAML's 1.1 resolver: no `y`/`n` booleans, and no dates or sets in configs.
const leftOut = new Set(["bool", "binary", "omap", "pairs", "set", "timestamp"]);

function bool(value: boolean, test: RegExp): ScalarTag {
  return { tag: "tag:yaml.org,2002:bool", default: true, test, resolve: () => value };
}

function tags(all: Tags): Tags {
  const kept = all.filter(
    (tag) => typeof tag === "string" || !leftOut.has(tag.tag.replace("tag:yaml.org,2002:", "")),
  );
  return [
    bool(true, /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/),
    bool(false, /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/),
    ...kept,
  ];
}

/** Parses yaml 1.1 in which `1e-5` is a number; errors read `<where>:<line>:<column>: <reason>`. */
export function parseYaml(text: string, where: string): ConfigValue {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: "1.1",
    customTags: tags,
    prettyErrors: false,
    lineCounter: lines,
  });
  const problem = [...document.errors, ...document.warnings][0];
  if (problem !== undefined) {
    const { line, col } = lines.linePos(problem.pos[0]);
    throw new ConfigError(`config: ${where}:${line}:${col}: ${problem.message}`);
  }
  return configValue(document.toJS() as unknown, "");
}

/** Reads one yaml file whose root is a mapping; an empty file is an empty mapping. */
export function readYaml(file: string): ConfigNode {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`config: ${file} cannot be read (${reason})`, { cause: error });
  }
  const value = parseYaml(text, file) ?? {};
  if (!isNode(value)) {
    throw new ConfigError(
      `config: ${file}:1:1: the root is a ${kind(value)} and has to be a mapping`,
    );
  }
  return value;
}

function kind(value: ConfigValue): string {
  return Array.isArray(value) ? "list" : typeof value;
}
