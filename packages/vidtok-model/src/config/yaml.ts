import type { ParsedNode } from "yaml";
import { errorAt } from "./source.ts";
import type { ParsedSource } from "./source.ts";
import { isNode } from "./value.ts";
import type { ConfigNode, ConfigValue } from "./value.ts";
import { parseSyntax } from "./yamlSyntax.ts";
import { checkPrintable, readYamlText } from "./yamlText.ts";
import { readTree } from "./yamlValue.ts";

/** A parsed yaml text, and where each part of its value stands. */
export interface Parsed<V extends ConfigValue = ConfigValue> {
  readonly value: V;
  readonly source: ParsedSource;
}

/** Parses yaml 1.1 in which `1e-5` is a number; errors read `<where>:<line>:<column>: <reason>`. */
export function parseYaml(text: string, where: string): Parsed {
  checkPrintable(text, where);
  const source = { where, text };
  const root = readTree(parseSyntax(source).contents as ParsedNode | null, source);
  return { value: root.value, source: { ...source, root } };
}

/** Reads one yaml file whose root is a mapping; an empty file is an empty mapping. */
export function readYaml(file: string): Parsed<ConfigNode> {
  const { value: root, source } = parseYaml(readYamlText(file), file);
  const value = root ?? {};
  if (isNode(value)) return { value, source };
  const kind = Array.isArray(value) ? "list" : typeof value;
  throw errorAt(source, source.root.offset, `the root is a ${kind} and has to be a mapping`);
}
