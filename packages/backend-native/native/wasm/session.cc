// Session as functions of numbers, which JavaScript calls. Those that return a number return −1
// where they fail, and `session_failure` has the reason. Sizes and storages are doubles, as 32 bits
// would cut them off.
#include "../session.h"

#include <string>
#include <vector>

#include "../outOfMemory.h"

using vidtok::Format;
using vidtok::Reader;
using vidtok::Session;

#define VIDTOK_EXPORT extern "C" __attribute__((used, visibility("default")))

namespace {

std::string failure;
std::vector<int64_t> made;

template <class F>
double guarded(Session* session, F body) {
  try {
    return double(body());
  } catch (const std::bad_alloc& error) {
    failure = vidtok::outOfMemory(error, session ? session->live() : 0) +
              "; WebAssembly has 4096 MiB at most: use a smaller input, or compiled kernels";
  } catch (const std::exception& error) {
    failure = error.what();
  }
  return -1;
}

int64_t storage(double number) {
  return vidtok::wholeNumber(number, 0, int64_t(1) << 53, "the number of a storage");
}

template <int64_t (Session::*kernel)(Reader)>
double run(Session* session, const double* commands, int count) {
  return guarded(session, [&] { return (session->*kernel)(Reader(commands, size_t(count))); });
}

template <std::vector<int64_t> (Session::*kernel)(Reader)>
double runAll(Session* session, const double* commands, int count) {
  return guarded(session, [&] {
    made = (session->*kernel)(Reader(commands, size_t(count)));
    return made.size();
  });
}

}  // namespace

// Why the last call failed; ends with a zero.
VIDTOK_EXPORT const char* session_failure() { return failure.c_str(); }

// The address of a new session.
VIDTOK_EXPORT double session_new(double threads, double isa) {
  return guarded(nullptr, [&] {
    vidtok::wholeNumber(isa, 0, 0, "the number of an instruction set");
    const int64_t count = vidtok::wholeNumber(threads, 1, 1024, "the number of threads");
    return uintptr_t(new Session(int(count), vidtok::portableKernels));
  });
}

// What thread 1 and all above do, for as long as they live.
VIDTOK_EXPORT void session_work(Session* session, int thread) { session->pool().work(thread); }

// Whether there was work for more threads than the caller's.
VIDTOK_EXPORT bool session_wantsThreads(Session* session) {
  return session->pool().others().isWanted();
}

// New storage, to be written at its address.
VIDTOK_EXPORT double session_reserve(Session* session, double size) {
  return guarded(session, [&] { return session->reserve(int64_t(size)); });
}

// The address of a storage that has `size` elements at least.
VIDTOK_EXPORT double session_address(Session* session, double block, double size) {
  return guarded(session, [&] {
    return uintptr_t(session->elements(storage(block), int64_t(size)).data);
  });
}

VIDTOK_EXPORT bool session_isBf16(Session* session, double block) {
  return session->elements(int64_t(block), 0).format == Format::bf16;
}

VIDTOK_EXPORT double session_check(Session* session, double block) {
  return guarded(session, [&] { return session->check(storage(block)), 0; });
}

// Bytes that are left in storages.
VIDTOK_EXPORT double session_free(Session* session, double block) {
  return guarded(session, [&] { return session->release(storage(block)), session->live(); });
}

VIDTOK_EXPORT double session_map(Session* session, const double* commands, int count) {
  return run<&Session::map>(session, commands, count);
}
VIDTOK_EXPORT double session_reduce(Session* session, const double* commands, int count) {
  return run<&Session::reduce>(session, commands, count);
}
VIDTOK_EXPORT double session_matmul(Session* session, const double* commands, int count) {
  return run<&Session::matmul>(session, commands, count);
}
VIDTOK_EXPORT double session_conv(Session* session, const double* commands, int count) {
  return run<&Session::conv>(session, commands, count);
}
VIDTOK_EXPORT double session_convWeight(Session* session, const double* commands, int count) {
  return run<&Session::convWeight>(session, commands, count);
}
VIDTOK_EXPORT double session_layerNorm(Session* session, const double* commands, int count) {
  return run<&Session::layerNorm>(session, commands, count);
}

// These return how many storages they made, which `session_made` has.
VIDTOK_EXPORT double session_mapAll(Session* session, const double* commands, int count) {
  return runAll<&Session::mapAll>(session, commands, count);
}
VIDTOK_EXPORT double session_layerNormGradients(Session* session, const double* commands,
                                                int count) {
  return runAll<&Session::layerNormGradients>(session, commands, count);
}
VIDTOK_EXPORT double session_made(int index) { return double(made[size_t(index)]); }

VIDTOK_EXPORT double session_copy(Session* session, double block) {
  return guarded(session, [&] { return session->copy(storage(block)); });
}
VIDTOK_EXPORT double session_multiplyAdds(Session* session, bool isBf16, double rounds) {
  return guarded(session, [&] {
    const int64_t count =
        vidtok::wholeNumber(rounds, 0, int64_t(1) << 40, "the number of rounds");
    return session->multiplyAdds(isBf16 ? Format::bf16 : Format::f32, count);
  });
}

VIDTOK_EXPORT double session_live(Session* session) { return double(session->live()); }
VIDTOK_EXPORT double session_peak(Session* session) { return double(session->peak()); }
VIDTOK_EXPORT double session_packed(Session* session) { return double(session->packed()); }
VIDTOK_EXPORT double session_pooled(Session* session) { return double(session->pooled()); }
VIDTOK_EXPORT void session_trim(Session* session) { session->trim(); }
