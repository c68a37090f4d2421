#include "quit.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include <chrono>
#include <thread>

#include "values.h"

namespace fast_path {

namespace {

// What JavaScript says that the process ends with.
int told_code = 0;
std::chrono::milliseconds limit{0};

// Without waiting for a thread that prints just now.
void flush(FILE *stream) {
  if (ftrylockfile(stream) != 0) return;
  fflush(stream);
  funlockfile(stream);
}

// What Node leaves to its own end: others may have the terminal and the pipes too.
void give_back(int descriptor) {
  const int flags = fcntl(descriptor, F_GETFL);
  if (flags != -1 && (flags & O_NONBLOCK) != 0) fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK);
}

[[noreturn]] void end(int code) {
  flush(stdout);
  flush(stderr);
  uv_tty_reset_mode();
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++) give_back(descriptor);
  _exit(code);
}

// The first of all that exit() calls, for it was registered last: before OpenSSL frees what the threads of librdkafka use.
#if defined(__GLIBC__)
void at_exit(int code, void *) { end(code); }
bool register_end() { return on_exit(at_exit, nullptr) == 0; }
#else
void at_exit() { end(told_code); }
bool register_end() { return atexit(at_exit) == 0; }
#endif

void *await_end(void *) {
  std::this_thread::sleep_for(limit);
  end(told_code);
}

}  // namespace

napi_value quit(napi_env env, napi_callback_info info) {
  napi_value given[2];
  int32_t code = 1;
  uint32_t ms = 0;
  if (!arguments(env, info, 2, given)) return nullptr;
  napi_get_value_int32(env, given[0], &code);
  napi_get_value_uint32(env, given[1], &ms);
  told_code = code;
  limit = std::chrono::milliseconds(ms);
  // Before it calls exit(), Node waits for the threads of its pool, one of which may never come back.
  pthread_t waiting;
  if (!register_end() || pthread_create(&waiting, nullptr, await_end, nullptr) != 0) end(code);
  pthread_detach(waiting);
  return nullptr;
}

}  // namespace fast_path
