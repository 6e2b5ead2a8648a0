// GCC 12 calls a function for `new T[n]` of a negative or huge n that only libstdc++ 3.4.29 has. An
// own one lets the addon load where that is older: RHEL 8, Debian 11, Ubuntu 20.04.
#include <new>

#if defined(__linux__) && defined(__GLIBCXX__)
namespace std {
[[noreturn]] __attribute__((visibility("hidden"))) void __throw_bad_array_new_length() {
  throw bad_array_new_length();
}
}  // namespace std
#endif
