// The JavaScript objects that own storages, held weakly: a storage whose owner was collected can be
// released. A collection clears weak references at once, so dead owners are found even in a loop
// that never returns to the event loop, where JavaScript's finalizers do not run.
#pragma once
#include <napi.h>

#include <vector>

namespace vidtok {

class Owners {
 public:
  explicit Owners(Napi::Env env) : env_(env) {}

  void add(int64_t block, Napi::Object owner) {
    if (canary_.IsEmpty()) renew();
    if (owners_.size() <= size_t(block)) owners_.resize(size_t(block) + 1);
    owners_[size_t(block)] = Napi::Weak(owner);
  }

  void remove(int64_t block) {
    if (size_t(block) < owners_.size()) owners_[size_t(block)].Reset();
  }

  // The blocks whose owners were collected, and forgets them. Costs one look at the canary where
  // nothing was collected since the last call.
  std::vector<int64_t> takeCollected() {
    std::vector<int64_t> blocks;
    const Napi::HandleScope scope(env_);
    if (canary_.IsEmpty() || !canary_.Value().IsEmpty()) return blocks;
    for (size_t block = 0; block < owners_.size(); block++) {
      Napi::ObjectReference& owner = owners_[block];
      if (owner.IsEmpty() || !owner.Value().IsEmpty()) continue;
      owner.Reset();
      blocks.push_back(int64_t(block));
    }
    renew();
    return blocks;
  }

 private:
  // An object that nothing else holds: the next collection ends it.
  void renew() {
    const Napi::HandleScope scope(env_);
    canary_ = Napi::Weak(Napi::Object::New(env_));
  }

  Napi::Env env_;
  Napi::ObjectReference canary_;
  std::vector<Napi::ObjectReference> owners_;  // by block; empty where a block has no owner
};

}  // namespace vidtok
