#include "giver.h"

#include <thread>

#include "clients.h"
#include "reports.h"

namespace fast_path {

namespace {

// Beyond it JavaScript waits: what it has written by then keeps librdkafka busy for some milliseconds.
constexpr size_t bytes_max = 4 * 1024 * 1024;
constexpr std::chrono::milliseconds queue_full_pause{1};

size_t size_of(const Parcel &parcel) {
  return parcel.bytes.size() + parcel.columns.size() * (sizeof(Columns) + sizeof(double));
}

}  // namespace

void Giver::open() {
  std::lock_guard<std::mutex> lock(mutex_);
  is_open_ = true;
}

void Giver::close() {
  std::lock_guard<std::mutex> lock(mutex_);
  is_open_ = false;
  changed_.notify_all();
}

Added Giver::add(Parcel parcel) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!is_open_) return Added::gone;
  const size_t size = size_of(parcel);
  // A parcel that is larger goes alone.
  if (bytes_ > 0 && bytes_ + size > bytes_max) return Added::full;
  bytes_ += size;
  waiting_.push_back(std::move(parcel));
  if (!has_thread_) {
    has_thread_ = true;
    // The client that it belongs to is never freed.
    std::thread([this] { run(); }).detach();
  }
  changed_.notify_all();
  return Added::taken;
}

bool Giver::await_given(std::chrono::milliseconds limit) {
  std::unique_lock<std::mutex> lock(mutex_);
  return changed_.wait_for(lock, limit, [this] { return bytes_ == 0; });
}

std::vector<int32_t> Giver::take_back() {
  std::unique_lock<std::mutex> lock(mutex_);
  is_taken_back_ = true;
  changed_.notify_all();
  changed_.wait(lock, [this] { return !is_giving_; });
  is_taken_back_ = false;
  for (const auto &parcel : waiting_) note(parcel, 0);
  waiting_.clear();
  bytes_ = 0;
  changed_.notify_all();
  std::vector<int32_t> ids;
  ids.swap(taken_back_);
  return ids;
}

void Giver::run() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return !is_open_ || (!waiting_.empty() && !is_taken_back_); });
    if (!is_open_) break;
    const Parcel parcel = std::move(waiting_.front());
    waiting_.pop_front();
    is_giving_ = true;
    lock.unlock();
    give(parcel);
    lock.lock();
    is_giving_ = false;
    bytes_ -= size_of(parcel);
    changed_.notify_all();
  }
  waiting_.clear();
  bytes_ = 0;
  changed_.notify_all();
}

// Until all of it is given, or nobody wants it given any more.
void Giver::give(const Parcel &parcel) {
  uint32_t given = 0;
  while ((given = attempt(parcel, given)) < parcel.columns.size() && may_try_again());
  if (given == parcel.columns.size()) return;
  std::lock_guard<std::mutex> lock(mutex_);
  note(parcel, given);
}

uint32_t Giver::attempt(const Parcel &parcel, uint32_t from) {
  std::lock_guard<std::mutex> lock(client_.mutex);
  if (client_.rk == nullptr) return from;
  return give_parcel(client_.api, client_.rk, parcel, from, [&](uint32_t index, rd_kafka_resp_err_t error) {
    tell_of(client_, refusal_of(parcel, index, error));
  });
}

// After a moment in which librdkafka may have made room.
bool Giver::may_try_again() {
  std::unique_lock<std::mutex> lock(mutex_);
  return !changed_.wait_for(lock, queue_full_pause, [this] { return !is_open_ || is_taken_back_; });
}

void Giver::note(const Parcel &parcel, uint32_t from) {
  for (uint32_t index = from; index < parcel.columns.size(); index++)
    if (parcel.columns[index].id > 0) taken_back_.push_back(parcel.columns[index].id);
}

}  // namespace fast_path
