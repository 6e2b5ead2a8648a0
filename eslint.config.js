import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

// What each package's sources may import of the others. Nothing imports the CLI.
const packages = {
  "packages/tensor": [],
  "packages/backend-native": ["tensor"],
  "packages/files": [],
  "packages/nn": ["tensor", "files"],
  "packages/vidtok-model": ["tensor", "backend-native", "nn"],
  "packages/vidtok-data": ["files"],
  "packages/vidtok-metrics": ["tensor", "backend-native", "nn", "files"],
  "packages/vidtok-train": ["tensor", "backend-native", "nn", "model", "data", "metrics", "files"],
  "apps/cli": ["tensor", "backend-native", "nn", "model", "data", "metrics", "train", "files"],
};

const boundaries = Object.entries(packages).map(([folder, uses]) => ({
  files: [`${folder}/src/**/*.ts`],
  // An entry of its own, which uses the package as its users do.
  ignores: ["packages/tensor/src/testing/**"],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: [
          {
            regex: `^@vidtok/(?!(${uses.join("|") || "-"})(/|$))|^vidtok(/|$)`,
            message: `${folder} may import ${uses.length ? uses.join(", ") : "no other package"}.`,
          },
          {
            regex: "^(\\.\\./)+[^./]+/(src|dist)/",
            message: "Import another package by its name.",
          },
          {
            regex: "^\\.{1,2}/(\\.\\./)*index\\.ts$",
            message: "Inside a package import the module itself, not the package's index.",
          },
          {
            regex: "/(utils?|helpers?|common)(/|\\.ts$)",
            message: "Name the file after what it does.",
          },
        ],
      },
    ],
  },
}));

export default defineConfig(
  globalIgnores([
    "**/dist/",
    "**/build/",
    "**/node_modules/",
    ".pnpm-home/",
    ".platforms/",
    "**/test/fixtures/",
    "fuzz/corpus/",
    "fuzz/found/",
  ]),
  { rules: { "max-lines": ["error", 400], "no-console": "error" } },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.base],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "@typescript-eslint/consistent-type-imports": ["error", { disallowTypeAnnotations: false }],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", ignoreRestSiblings: true },
      ],
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  {
    files: ["**/src/**/*.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        { selector: "ExportDefaultDeclaration", message: "Export it by name." },
        {
          // The element of an array or map, however it was taken out; an identifier may come from a
          // destructured array.
          selector:
            "TSNonNullExpression > :not(MemberExpression[computed=true], Identifier, CallExpression[callee.property.name=/^(at|get|pop|shift)$/])",
          message: "`!` is for elements of arrays and maps only; elsewhere check the value.",
        },
      ],
    },
  },
  ...boundaries,
  { files: ["**/test/**"], rules: { "max-lines": ["error", 800] } },
  { files: ["apps/cli/**", "scripts/**", "fuzz/**"], rules: { "no-console": "off" } },
);
