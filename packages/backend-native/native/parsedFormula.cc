#include "parsedFormula.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "checked.h"

namespace vidtok {

namespace {

// More than a call has room to describe.
constexpr int kMostInstructions = 1 << 20;

std::string show(const int64_t* sizes, size_t rank) {
  std::string text;
  for (size_t a = 0; a < rank; a++) text += (a ? ", " : "") + std::to_string(sizes[a]);
  return "[" + text + "]";
}

int readRegister(Reader& command, const std::vector<bool>& isWritten) {
  const int last = static_cast<int>(isWritten.size()) - 1;
  const int number = command.small(0, last, "a register of the formula");
  if (isWritten[size_t(number)]) return number;
  throw std::invalid_argument("the formula reads register " + std::to_string(number) +
                              " before it is written");
}

std::vector<bool> firstRegisters(const ParsedFormula& parsed) {
  std::vector<bool> isWritten(size_t(parsed.program.registers), false);
  std::fill_n(isWritten.begin(), parsed.program.inputs + parsed.program.constants, true);
  return isWritten;
}

}  // namespace

int64_t countElements(const int64_t* sizes, size_t rank) {
  int64_t count = 1;
  bool isEmpty = false;
  for (size_t a = 0; a < rank; a++) {
    isEmpty |= sizes[a] == 0;
    // Sizes are at most kMostElements each, so that two of them may overflow.
    count = checkedMul(count, std::max<int64_t>(1, sizes[a]));
    if (count <= kMostElements) continue;
    throw std::length_error("the shape " + show(sizes, rank) + " has more than the " +
                            std::to_string(kMostElements) +
                            " elements that fit into memory; use smaller tensors");
  }
  return isEmpty ? 0 : count;
}

void readShape(Reader& command, int rank, ParsedFormula& parsed) {
  for (int a = 0; a < rank; a++) parsed.shape.push_back(command.size("a size of the result"));
  countElements(parsed.shape.data(), parsed.shape.size());
}

void checkInputs(const ParsedFormula& parsed) {
  for (const View& view : parsed.inputs) {
    int64_t sizes[kMaxRank];
    for (int a = 0; a < view.rank; a++) sizes[a] = view.axes[a].size;
    if (std::equal(sizes, sizes + view.rank, parsed.shape.begin(), parsed.shape.end())) continue;
    throw std::invalid_argument("an input of the formula has shape " +
                                show(sizes, size_t(view.rank)) + " instead of " +
                                show(parsed.shape.data(), parsed.shape.size()));
  }
}

void readProgram(Reader& command, ParsedFormula& parsed) {
  Program& program = parsed.program;
  program.inputs = static_cast<int>(parsed.inputs.size());
  program.constants = command.small(0, kMostInstructions, "the number of constants");
  for (int i = 0; i < program.constants; i++)
    parsed.constants.push_back(static_cast<float>(command.number()));
  const int first = program.inputs + program.constants;
  program.registers = command.small(first, first + kMostInstructions, "the number of registers");
  if (program.registers == 0) throw std::invalid_argument("a formula has no registers");
  std::vector<bool> isWritten = firstRegisters(parsed);
  program.result = command.small(0, program.registers - 1, "the register of the result");
  program.length = command.small(0, kMostInstructions, "the number of instructions");
  const int operations = static_cast<int>(Op::count);
  for (int i = 0; i < program.length; i++) {
    const Op op = static_cast<Op>(command.small(0, operations - 1, "an operation"));
    const int to = command.small(first, program.registers - 1, "the register of a result");
    const int a = readRegister(command, isWritten), b = readRegister(command, isWritten),
              c = readRegister(command, isWritten);
    parsed.code.push_back({op, to, a, b, c});
    isWritten[size_t(to)] = true;
  }
  if (!isWritten[size_t(program.result)])
    throw std::invalid_argument("nothing writes the register of the result");
  program.constant = parsed.constants.data();
  program.code = parsed.code.data();
}

std::vector<int> readResults(Reader& command, const ParsedFormula& parsed) {
  std::vector<bool> isWritten = firstRegisters(parsed);
  for (const Instruction& instruction : parsed.code) isWritten[size_t(instruction.to)] = true;
  const int count = command.small(0, kMostInstructions, "the number of results");
  std::vector<int> registers;
  for (int i = 0; i < count; i++) registers.push_back(readRegister(command, isWritten));
  return registers;
}

}  // namespace vidtok
