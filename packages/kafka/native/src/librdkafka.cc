#include "librdkafka.h"

#include <dlfcn.h>

#include <mutex>
#include <unordered_map>

namespace fast_path {

namespace {

const Librdkafka *look_up(const char *path) {
  // It is loaded already: this only gives its handle, which is kept so that our pointers stay good.
  void *library = dlopen(path, RTLD_LAZY | RTLD_NOLOAD);
  if (library == nullptr) return nullptr;
  auto *found = new Librdkafka{};
#define FAST_PATH_LOOK_UP(name)                                                    \
  found->name = reinterpret_cast<decltype(found->name)>(dlsym(library, #name));    \
  if (found->name == nullptr) {                                                    \
    delete found;                                                                  \
    dlclose(library);                                                              \
    return nullptr;                                                                \
  }
  FAST_PATH_FUNCTIONS(FAST_PATH_LOOK_UP)
#undef FAST_PATH_LOOK_UP
  return found;
}

}  // namespace

const Librdkafka *librdkafka_at(void *address) {
  static std::mutex mutex;
  static auto &known = *new std::unordered_map<void *, const Librdkafka *>();
  Dl_info info;
  if (dladdr(address, &info) == 0 || info.dli_fname == nullptr) return nullptr;
  std::lock_guard<std::mutex> lock(mutex);
  auto found = known.find(info.dli_fbase);
  if (found != known.end()) return found->second;
  return known[info.dli_fbase] = look_up(info.dli_fname);
}

}  // namespace fast_path
