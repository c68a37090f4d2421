// The thread that gives messages to librdkafka: it takes a fifth of the time of a message, which the thread of JavaScript has for others.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <vector>

#include "parcel.h"

namespace fast_path {

struct Client;

// What became of a parcel that is to be given.
enum class Added { taken, full, gone };

// Parcels of a client, given one after another in the order they came. Its thread runs from the first parcel to the end of the client.
class Giver {
 public:
  explicit Giver(Client &client) : client_(client) {}

  // The client is there.
  void open();
  // The client is gone, and what waits with it.
  void close();
  Added add(Parcel parcel);
  // Whether everything is given, after so long at most.
  bool await_given(std::chrono::milliseconds limit);
  // Takes back what librdkafka does not have. Returns the ids of those that were asked about.
  std::vector<int32_t> take_back();

 private:
  Client &client_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Parcel> waiting_;
  // Of those that wait, and of the one that is given.
  size_t bytes_ = 0;
  bool is_open_ = false;
  bool has_thread_ = false;
  bool is_giving_ = false;
  // Whoever takes back has the thread leave the parcel that it gives.
  bool is_taken_back_ = false;
  std::vector<int32_t> taken_back_;

  void run();
  void give(const Parcel &parcel);
  uint32_t attempt(const Parcel &parcel, uint32_t from);
  bool may_try_again();
  void note(const Parcel &parcel, uint32_t from);
};

}  // namespace fast_path
