#include "app/sandbox.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace vigie::app {
namespace {

// What a worker needs once it is warm: memory, its two pipes, the clock, and an end.
constexpr int kAllowed[] = {
    SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(poll), SCMP_SYS(ppoll),
    SCMP_SYS(close), SCMP_SYS(brk), SCMP_SYS(mmap), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(mprotect),
    SCMP_SYS(madvise), SCMP_SYS(futex), SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(getrandom),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction), SCMP_SYS(sigaltstack),
    SCMP_SYS(getrusage), SCMP_SYS(prlimit64), SCMP_SYS(setrlimit), SCMP_SYS(getrlimit), SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(tgkill), SCMP_SYS(restart_syscall),
    SCMP_SYS(exit), SCMP_SYS(exit_group),
};
// A library that asks whether a file is there must hear "no" rather than die: ICU and the C library look for data files
// that a page's charset or language might need.
constexpr int kDenied[] = {SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(stat), SCMP_SYS(newfstatat), SCMP_SYS(access),
                           SCMP_SYS(faccessat), SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(lseek),
                           SCMP_SYS(fstat), SCMP_SYS(ioctl), SCMP_SYS(fcntl), SCMP_SYS(uname), SCMP_SYS(sysinfo)};

struct FilterRelease {
  void operator()(void* context) const { seccomp_release(context); }
};

Status limit(int which, rlim_t value, const char* name) {
  const rlimit wanted{value, value};
  if (::setrlimit(static_cast<__rlimit_resource_t>(which), &wanted) != 0) {
    return fail(Errc::refused, std::string("sandbox: ") + name + ": " + std::strerror(errno));
  }
  return {};
}

#ifndef VIGIE_SANITIZED
Status install_filter() {
  std::unique_ptr<void, FilterRelease> filter(seccomp_init(SCMP_ACT_KILL_PROCESS));
  if (!filter) return fail(Errc::refused, "sandbox: no filter");
  for (const int call : kAllowed) {
    if (seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0) < 0) return fail(Errc::refused, "sandbox: rule");
  }
  for (const int call : kDenied) {
    if (seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EACCES), call, 0) < 0) return fail(Errc::refused, "sandbox: rule");
  }
  if (seccomp_load(filter.get()) < 0) return fail(Errc::refused, "sandbox: the kernel refused the filter");
  return {};
}

rlim_t mapped_bytes() {
  unsigned long pages = 0;
  if (FILE* file = std::fopen("/proc/self/statm", "re")) {
    if (std::fscanf(file, "%lu", &pages) != 1) pages = 0;
    std::fclose(file);
  }
  return static_cast<rlim_t>(pages) * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
}
#endif

}  // namespace

Status enter_worker_sandbox(const WorkerLimits& limits) {
  if (auto done = limit(RLIMIT_CORE, 0, "core"); !done) return done;
  if (auto done = limit(RLIMIT_FSIZE, 0, "file size"); !done) return done;
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail(Errc::refused, "sandbox: no_new_privs");
#ifdef VIGIE_SANITIZED
  (void)limits;
  (void)kAllowed;
  (void)kDenied;
  return {};
#else
  const auto memory = mapped_bytes() + static_cast<rlim_t>(limits.memory_bytes);
  if (auto done = limit(RLIMIT_AS, memory, "memory"); !done) return done;
  return install_filter();
#endif
}

void allow_cpu_for_one_page(const WorkerLimits& limits) {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto spent = static_cast<rlim_t>(used.ru_utime.tv_sec + used.ru_stime.tv_sec);
  rlimit now{};
  ::getrlimit(RLIMIT_CPU, &now);
  now.rlim_cur = spent + static_cast<rlim_t>(limits.cpu_seconds) + 1;
  ::setrlimit(RLIMIT_CPU, &now);
}

}  // namespace vigie::app
