// What Debian's C library asks of its host, without the host.
#include <cstddef>
#include <cstdint>
#include <initializer_list>

extern "C" {

// Memory for the allocator up to `bytes` bytes in all; 0 where there is none.
int emscripten_resize_heap(size_t bytes) {
  constexpr uint64_t kPage = 65536, kMostPages = 65536;
  const uint64_t has = __builtin_wasm_memory_size(0);
  const uint64_t wanted = (bytes + kPage - 1) / kPage;
  if (wanted <= has) return 1;
  // A part more, as each growth costs a call of the system.
  const uint64_t ample = wanted + wanted / 20 < kMostPages ? wanted + wanted / 20 : kMostPages;
  for (const uint64_t pages : {ample, wanted})
    if (__builtin_wasm_memory_grow(0, size_t(pages - has)) != SIZE_MAX) return 1;
  return 0;
}

size_t emscripten_get_heap_max() { return SIZE_MAX - 65535; }

void* emscripten_memcpy_big(void* to, const void* from, size_t bytes) {
  return __builtin_memcpy(to, from, bytes);
}

void abort() { __builtin_trap(); }
}
