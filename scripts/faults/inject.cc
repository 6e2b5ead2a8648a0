// Runs a program and counts the system calls by which it and its children change what is below a
// folder. At the call of a given number the program is killed, or the call fails as on a full disk,
// as do all later calls that take space.
//
// usage: inject FOLDER LOG none|kill|full NUMBER PROGRAM [ARGUMENT...]
//
// LOG gets a line for each call: its number, its name and its file. strace's own injection counts
// calls of each thread apart and selects whole paths only, while ours carry process ids. Linux, on
// x86-64 and ARM64.
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace {

enum class Subject {
  kFile,        // the file behind the descriptor in argument 0
  kPath,        // the path in argument 0
  kPathAt,      // the path in argument 1, relative to the folder in argument 0
  kTarget,      // the second of two paths: arguments 0 and 1
  kTargetAt,    // the second of two paths: arguments 1 and 3, relative to 0 and 2
};

struct Call {
  long number;
  const char* name;
  Subject subject;
  bool takesSpace;
};

const Call kCalls[] = {
    {SYS_write, "write", Subject::kFile, true},
    {SYS_pwrite64, "pwrite64", Subject::kFile, true},
    {SYS_writev, "writev", Subject::kFile, true},
    {SYS_pwritev, "pwritev", Subject::kFile, true},
    {SYS_copy_file_range, "copy_file_range", Subject::kFile, true},
    {SYS_ftruncate, "ftruncate", Subject::kFile, false},
    {SYS_fsync, "fsync", Subject::kFile, false},
    {SYS_fdatasync, "fdatasync", Subject::kFile, false},
    {SYS_openat, "openat", Subject::kPathAt, true},
    {SYS_mkdirat, "mkdirat", Subject::kPathAt, true},
    {SYS_unlinkat, "unlinkat", Subject::kPathAt, false},
    {SYS_linkat, "linkat", Subject::kTargetAt, true},
    {SYS_renameat, "renameat", Subject::kTargetAt, false},
    {SYS_renameat2, "renameat2", Subject::kTargetAt, false},
#ifdef SYS_open
    {SYS_open, "open", Subject::kPath, true},
    {SYS_mkdir, "mkdir", Subject::kPath, true},
    {SYS_unlink, "unlink", Subject::kPath, false},
    {SYS_rmdir, "rmdir", Subject::kPath, false},
    {SYS_link, "link", Subject::kTarget, true},
    {SYS_rename, "rename", Subject::kTarget, false},
#endif
};

[[noreturn]] void fail(const char* what) {
  perror(what);
  exit(125);
}

const Call* find(long number) {
  for (const Call& call : kCalls) {
    if (call.number == number) return &call;
  }
  return nullptr;
}

std::string link(pid_t tid, const std::string& name) {
  char target[PATH_MAX];
  const std::string path = "/proc/" + std::to_string(tid) + "/" + name;
  const ssize_t length = readlink(path.c_str(), target, sizeof target);
  return length < 0 ? std::string() : std::string(target, static_cast<size_t>(length));
}

std::string textAt(pid_t tid, unsigned long address) {
  std::string text;
  char page[256];
  while (text.size() < PATH_MAX) {
    // Not across the end of a page, behind which nothing may be mapped.
    const size_t size = sizeof page - (address % sizeof page);
    const iovec local{page, size};
    const iovec remote{reinterpret_cast<void*>(address), size};
    const ssize_t got = process_vm_readv(tid, &local, 1, &remote, 1, 0);
    if (got <= 0) break;
    const void* end = memchr(page, 0, static_cast<size_t>(got));
    if (end != nullptr) return text + page;
    text.append(page, static_cast<size_t>(got));
    address += static_cast<unsigned long>(got);
  }
  return text;
}

std::string pathAt(pid_t tid, int folder, unsigned long address) {
  const std::string path = textAt(tid, address);
  if (!path.empty() && path[0] == '/') return path;
  return link(tid, folder == AT_FDCWD ? "cwd" : "fd/" + std::to_string(folder)) + "/" + path;
}

std::string subjectOf(pid_t tid, const Call& call, const uint64_t* arguments) {
  const auto folder = [&](int i) { return static_cast<int>(arguments[i]); };
  switch (call.subject) {
    case Subject::kFile: return link(tid, "fd/" + std::to_string(folder(0)));
    case Subject::kPath: return pathAt(tid, AT_FDCWD, arguments[0]);
    case Subject::kPathAt: return pathAt(tid, folder(0), arguments[1]);
    case Subject::kTarget: return pathAt(tid, AT_FDCWD, arguments[1]);
    case Subject::kTargetAt: return pathAt(tid, folder(2), arguments[3]);
  }
  return std::string();
}

/** Opening a file takes space only where it creates or empties it. */
bool isReading(const Call& call, const uint64_t* arguments) {
  const bool isAt = strcmp(call.name, "openat") == 0;
  if (!isAt && strcmp(call.name, "open") != 0) return false;
  return (arguments[isAt ? 2 : 1] & (O_CREAT | O_TRUNC)) == 0;
}

/** Lets the call at whose entry a thread stands fail without being made. */
void failCall(pid_t tid, long error) {
#if defined(__x86_64__)
  user_regs_struct registers;
  if (ptrace(PTRACE_GETREGS, tid, nullptr, &registers) != 0) return;
  registers.orig_rax = static_cast<unsigned long long>(-1);
  registers.rax = static_cast<unsigned long long>(-error);
  ptrace(PTRACE_SETREGS, tid, nullptr, &registers);
#elif defined(__aarch64__)
  int number = -1;
  iovec skipped{&number, sizeof number};
  ptrace(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, &skipped);
  user_regs_struct registers;
  iovec all{&registers, sizeof registers};
  if (ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &all) != 0) return;
  registers.regs[0] = static_cast<unsigned long long>(-error);
  ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &all);
#else
#error "inject knows the registers of x86-64 and ARM64 only"
#endif
}

/** Stops at the watched calls alone; all others run at full speed. */
void installFilter() {
  std::vector<sock_filter> program;
  program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
  for (const Call& call : kCalls) {
    program.push_back(
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<__u32>(call.number), 0, 1));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail("inject: prctl");
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) fail("inject: seccomp");
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 6) {
    fprintf(stderr, "usage: inject FOLDER LOG none|kill|full NUMBER PROGRAM [ARGUMENT...]\n");
    return 125;
  }
  const std::string folder = arguments[1];
  const std::string mode = arguments[3];
  const long chosen = atol(arguments[4]);
  FILE* log = fopen(arguments[2], "w");
  if (log == nullptr) fail("inject: LOG");

  const pid_t program = fork();
  if (program < 0) fail("inject: fork");
  if (program == 0) {
    raise(SIGSTOP);
    installFilter();
    execvp(arguments[5], arguments + 5);
    fail(arguments[5]);
  }
  int status = 0;
  waitpid(program, &status, WUNTRACED);
  const long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE |
                       PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC;
  if (ptrace(PTRACE_SEIZE, program, nullptr, options) != 0) fail("inject: ptrace");
  kill(program, SIGCONT);

  long number = 0;
  int result = 125;
  for (;;) {
    const pid_t tid = waitpid(-1, &status, __WALL);
    if (tid < 0) {
      if (errno == EINTR) continue;
      break;
    }
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
      if (tid == program) {
        result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      }
      continue;
    }
    const int event = status >> 16;
    int signal = 0;
    if (event == PTRACE_EVENT_SECCOMP) {
      __ptrace_syscall_info info;
      const long got = ptrace(PTRACE_GET_SYSCALL_INFO, tid,
                              sizeof info, &info);
      const Call* call =
          got > 0 && info.op == PTRACE_SYSCALL_INFO_SECCOMP ? find(static_cast<long>(info.seccomp.nr))
                                                            : nullptr;
      const std::string subject =
          call == nullptr || isReading(*call, info.seccomp.args)
              ? std::string()
              : subjectOf(tid, *call, info.seccomp.args);
      const bool isBelow = subject.compare(0, folder.size(), folder) == 0 &&
                           (subject.size() == folder.size() || subject[folder.size()] == '/');
      if (isBelow) {
        number++;
        fprintf(log, "%ld %s %s\n", number, call->name, subject.c_str() + folder.size());
        fflush(log);
        const bool isChosen = number == chosen;
        if (mode == "kill" && isChosen) kill(program, SIGKILL);
        if (mode == "full" && (isChosen || (number > chosen && call->takesSpace))) {
          failCall(tid, call->takesSpace ? ENOSPC : EIO);
        }
      }
    } else if (event == 0) {
      signal = WSTOPSIG(status);
    }
    ptrace(PTRACE_CONT, tid, nullptr, signal);
  }
  fclose(log);
  return result;
}
