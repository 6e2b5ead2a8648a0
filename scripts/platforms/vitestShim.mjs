// As much of vitest as the engine's tests use, for Nodes on which vitest's own binaries do not run.
// Its matchers are vitest's. Prints failures, skips, and a last line of JSON with the counts.
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  chai,
  GLOBAL_EXPECT,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from "@vitest/expect";

for (const plugin of [JestExtend, JestChaiExpect, JestAsymmetricMatchers]) chai.use(plugin);
chai.util.addMethod(
  chai.Assertion.prototype,
  "toThrowErrorMatchingInlineSnapshot",
  function (snapshot) {
    let text = "nothing";
    try {
      this._obj();
    } catch (error) {
      text = `[${error.name}: ${error.message}]`;
    }
    if (text !== snapshot) throw new Error(`thrown was ${text} instead of ${snapshot}`);
  },
);

export const expect = (value, message) => chai.expect(value, message);
Object.assign(expect, chai.expect, globalThis[ASYMMETRIC_MATCHERS_OBJECT]);
globalThis[GLOBAL_EXPECT] = expect;
setState({ assertionCalls: 0 }, expect);

class Skip extends Error {}

const tests = [];
const hooks = { beforeAll: [], beforeEach: [], afterEach: [], afterAll: [] };

/** Registers a test; options such as a time limit are the caller's concern. */
export function test(name, ...rest) {
  tests.push({ name, body: rest.find((part) => typeof part === "function") });
}
test.each = (rows) => (name, body) => {
  for (const row of rows) {
    const values = Array.isArray(row) ? row : [row];
    const words = [...values];
    const title = name.replace(/%[a-z]/g, () => String(words.shift()));
    test(title, () => body(...values));
  }
};

/** Groups of tests, one for each row; their hooks are everybody's. */
export const describe = {
  each: (rows) => (_name, body) => {
    for (const row of rows) body(...(Array.isArray(row) ? row : [row]));
  },
};

export const beforeAll = (hook) => hooks.beforeAll.push(hook);
export const beforeEach = (hook) => hooks.beforeEach.push(hook);
export const afterEach = (hook) => hooks.afterEach.push(hook);
export const afterAll = (hook) => hooks.afterAll.push(hook);

const stubbed = new Map();
export const vi = {
  stubEnv(name, value) {
    if (!stubbed.has(name)) stubbed.set(name, process.env[name]);
    process.env[name] = value;
  },
  unstubAllEnvs() {
    for (const [name, value] of stubbed) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    stubbed.clear();
  },
};

const context = {
  skip(reason) {
    throw new Skip(reason ?? "no reason was given");
  },
};

async function runTest({ name, body }, counts) {
  try {
    for (const hook of hooks.beforeEach) await hook();
    await body(context);
    counts.passed++;
  } catch (error) {
    if (error instanceof Skip) {
      counts.skipped++;
      console.log(`skipped: ${name}: ${error.message}`);
    } else {
      counts.failed++;
      console.log(`FAILED: ${name}: ${error.stack}`);
    }
  } finally {
    for (const hook of hooks.afterEach) await hook();
  }
}

// After the modules that register tests.
setImmediate(async () => {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const hook of hooks.beforeAll) await hook();
  for (const entry of tests) await runTest(entry, counts);
  for (const hook of hooks.afterAll) await hook();
  console.log(JSON.stringify(counts));
  process.exit(counts.failed > 0 || counts.passed === 0 ? 1 : 0);
});
