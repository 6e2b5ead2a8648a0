// A formula as a call describes it, checked: every register that an instruction reads was written
// before.
#pragma once
#include <vector>

#include "kernels.h"
#include "reader.h"

namespace vidtok {

struct ParsedFormula {
  std::vector<int64_t> shape;
  std::vector<View> inputs;
  std::vector<float> constants;
  std::vector<Instruction> code;
  Program program;

  Formula formula() const {
    return {static_cast<int>(shape.size()), shape.data(), inputs.data(), program};
  }
};

// Elements of a shape, 0 where an axis has none; throws std::length_error where its other axes have
// more than kMostElements together.
int64_t countElements(const int64_t* sizes, size_t rank);

// Reads the shape's `rank` sizes.
void readShape(Reader& command, int rank, ParsedFormula& parsed);

// Checks that the inputs have the formula's shape.
void checkInputs(const ParsedFormula& parsed);

// Reads the program; the inputs are there already.
void readProgram(Reader& command, ParsedFormula& parsed);

// Reads the registers that hold several results.
std::vector<int> readResults(Reader& command, const ParsedFormula& parsed);

}  // namespace vidtok
