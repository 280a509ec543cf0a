// Objects that JavaScript names by number. A number that is not in the table is an error, never a stray pointer.
#pragma once
#include <napi.h>

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>

namespace sessionflow {

template <class T>
class Table {
 public:
  explicit Table(const char* noun) : noun_(noun) {}

  uint32_t add(T value) {
    const uint32_t id = next_++;
    objects_.emplace(id, std::move(value));
    return id;
  }

  T& get(Napi::Env env, const Napi::Value& id) {
    const auto found = id.IsNumber() ? objects_.find(id.As<Napi::Number>().Uint32Value()) : objects_.end();
    if (found == objects_.end()) throw Napi::Error::New(env, std::string("internal: no such ") + noun_);
    return found->second;
  }

  // Takes the object out of the table.
  T take(Napi::Env env, const Napi::Value& id) {
    T value = get(env, id);
    objects_.erase(id.As<Napi::Number>().Uint32Value());
    return value;
  }

  void drop(uint32_t id) { objects_.erase(id); }

  std::unordered_map<uint32_t, T>& all() { return objects_; }

 private:
  const char* noun_;
  uint32_t next_ = 1;
  std::unordered_map<uint32_t, T> objects_;
};

}  // namespace sessionflow
