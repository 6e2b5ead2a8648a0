// The JavaScript side of `Session`.
#include <napi.h>

#include "external.h"
#include "isa.h"
#include "outOfMemory.h"
#include "owners.h"
#include "session.h"

namespace {

using vidtok::Format;
using vidtok::Session;

class NativeSession : public Napi::ObjectWrap<NativeSession> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Session",
                       {
                           InstanceMethod<&NativeSession::upload>("upload"),
                           InstanceMethod<&NativeSession::read>("read"),
                           InstanceMethod<&NativeSession::free>("free"),
                           InstanceMethod<&NativeSession::own>("own"),
                           InstanceMethod<&NativeSession::sweep>("sweep"),
                           InstanceMethod<&NativeSession::run<&Session::map>>("map"),
                           InstanceMethod<&NativeSession::runAll<&Session::mapAll>>("mapAll"),
                           InstanceMethod<&NativeSession::run<&Session::reduce>>("reduce"),
                           InstanceMethod<&NativeSession::run<&Session::matmul>>("matmul"),
                           InstanceMethod<&NativeSession::run<&Session::conv>>("conv"),
                           InstanceMethod<&NativeSession::run<&Session::convWeight>>("convWeight"),
                           InstanceMethod<&NativeSession::run<&Session::layerNorm>>("layerNorm"),
                           InstanceMethod<&NativeSession::runAll<&Session::layerNormGradients>>(
                               "layerNormGradients"),
                           InstanceMethod<&NativeSession::copy>("copy"),
                           InstanceMethod<&NativeSession::multiplyAdds>("multiplyAdds"),
                           InstanceMethod<&NativeSession::memory>("memory"),
                           InstanceMethod<&NativeSession::trim>("trim"),
                       });
  }

  // (commands: Float64Array, threads: number, isa: number)
  explicit NativeSession(const Napi::CallbackInfo& info) try
      : ObjectWrap(info),
        commands_(Napi::Persistent(array<Napi::Float64Array>(info, 0, napi_float64_array))),
        session_(int(whole(info, 1, 1, kMostThreads, "the number of threads")),
                 kernelsOf(whole(info, 2, 0, int64_t(vidtok::isas().size()) - 1,
                                 "the number of an instruction set"))),
        owners_(info.Env()),
        external_(info.Env()) {
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::exception& error) {
    throw Napi::Error::New(info.Env(), std::string("native: ") + error.what());
  }

 private:
  static constexpr int64_t kMostThreads = 1024;

  template <class F>
  Napi::Value guarded(const Napi::CallbackInfo& info, F body) {
    try {
      return body();
    } catch (const Napi::Error&) {
      throw;
    } catch (const std::bad_alloc& error) {
      const std::string text = vidtok::outOfMemory(error, session_.live());
      throw Napi::Error::New(info.Env(), "native: " + text);
    } catch (const std::exception& error) {
      throw Napi::Error::New(info.Env(), std::string("native: ") + error.what());
    }
  }

  // A call that makes storages. Before it, storages whose owners were collected make room for them.
  template <class F>
  Napi::Value producing(const Napi::CallbackInfo& info, F body) {
    return guarded(info, [&] {
      if (produced_ >= kSweepEvery) sweep();
      const int64_t before = session_.live();
      const Napi::Value result = body();
      produced_ += session_.live() - before + kOverhead;
      external_.grow(used());
      if (external_.isOvergrown(used())) collect();
      return result;
    });
  }

  template <int64_t (Session::*kernel)(vidtok::Reader)>
  Napi::Value run(const Napi::CallbackInfo& info) {
    return producing(info, [&] { return number(info, (session_.*kernel)(commands())); });
  }

  template <std::vector<int64_t> (Session::*kernel)(vidtok::Reader)>
  Napi::Value runAll(const Napi::CallbackInfo& info) {
    return producing(info, [&] {
      auto blocks = Napi::Array::New(info.Env());
      for (int64_t block : (session_.*kernel)(commands()))
        blocks.Set(blocks.Length(), number(info, block));
      return Napi::Value(blocks);
    });
  }

  Napi::Value upload(const Napi::CallbackInfo& info) {
    return producing(info, [&] {
      const auto data = array<Napi::Float32Array>(info, 0, napi_float32_array);
      return number(info, session_.upload(data.Data(), int64_t(data.ElementLength())));
    });
  }

  // Fills the Float32Array given second.
  Napi::Value read(const Napi::CallbackInfo& info) {
    return guarded(info, [&] {
      auto to = array<Napi::Float32Array>(info, 1, napi_float32_array);
      session_.read(handle(info), int64_t(to.ElementLength()), to.Data());
      return info.Env().Undefined();
    });
  }

  // Returns the bytes that are left in storages.
  Napi::Value free(const Napi::CallbackInfo& info) {
    return guarded(info, [&] {
      session_.release(handle(info));
      owners_.remove(handle(info));
      return number(info, session_.live());
    });
  }

  // Makes the object given second the owner of a storage, which is released once it is collected.
  Napi::Value own(const Napi::CallbackInfo& info) {
    return guarded(info, [&] {
      if (!info[1].IsObject()) throw wrongType(info, 1, "an object");
      session_.check(handle(info));
      owners_.add(handle(info), info[1].As<Napi::Object>());
      return info.Env().Undefined();
    });
  }

  // Releases storages whose owners were collected, and returns the bytes that are left.
  Napi::Value sweep(const Napi::CallbackInfo& info) {
    return guarded(info, [&] {
      sweep();
      return number(info, session_.live());
    });
  }

  void sweep() {
    produced_ = 0;
    const std::vector<int64_t> blocks = owners_.takeCollected();
    if (blocks.empty()) return;
    const int64_t before = used();
    for (int64_t block : blocks) session_.release(block);
    external_.shrink(before - used(), used());
  }

  // Makes JavaScript collect, and releases what that shows to be garbage.
  void collect() {
    external_.collect();
    sweep();
    external_.settle(used());
  }

  // Bytes in storages and packed weights.
  int64_t used() const { return session_.live() + session_.packed(); }

  Napi::Value copy(const Napi::CallbackInfo& info) {
    return producing(info, [&] { return number(info, session_.copy(handle(info))); });
  }

  Napi::Value multiplyAdds(const Napi::CallbackInfo& info) {
    return guarded(info, [&] {
      if (!info[0].IsString()) throw wrongType(info, 0, "a string");
      const bool isBf16 = info[0].As<Napi::String>().Utf8Value() == "bf16";
      const Format operands = isBf16 ? Format::bf16 : Format::f32;
      const int64_t rounds = whole(info, 1, 0, int64_t(1) << 40, "the number of rounds");
      return Napi::Value(Napi::Number::New(info.Env(), session_.multiplyAdds(operands, rounds)));
    });
  }

  Napi::Value memory(const Napi::CallbackInfo& info) {
    auto use = Napi::Object::New(info.Env());
    use.Set("live", number(info, session_.live()));
    use.Set("peak", number(info, session_.peak()));
    use.Set("packed", number(info, session_.packed()));
    use.Set("pooled", number(info, session_.pooled()));
    return use;
  }

  Napi::Value trim(const Napi::CallbackInfo& info) {
    sweep();
    // Where much was freed, JavaScript has garbage too: the arrays that weights were loaded from.
    if (session_.pooled() >= kCollectFrom) collect();
    session_.trim();
    external_.report(used());
    return info.Env().Undefined();
  }

  static Napi::Value number(const Napi::CallbackInfo& info, int64_t value) {
    return Napi::Number::New(info.Env(), static_cast<double>(value));
  }
  static int64_t handle(const Napi::CallbackInfo& info) {
    return whole(info, 0, 0, int64_t(1) << 53, "the number of a storage");
  }

  static Napi::Error wrongType(const Napi::CallbackInfo& info, size_t index, const char* wanted) {
    return Napi::TypeError::New(info.Env(), "native: argument " + std::to_string(index + 1) +
                                                " has to be " + wanted);
  }
  static int64_t whole(const Napi::CallbackInfo& info, size_t index, int64_t low, int64_t high,
                       const char* what) {
    if (!info[index].IsNumber()) throw wrongType(info, index, "a number");
    return vidtok::wholeNumber(info[index].As<Napi::Number>().DoubleValue(), low, high, what);
  }
  template <class Array>
  static Array array(const Napi::CallbackInfo& info, size_t index, napi_typedarray_type type) {
    const bool isArray = info[index].IsTypedArray() &&
                         info[index].As<Napi::TypedArray>().TypedArrayType() == type;
    if (isArray) return info[index].As<Array>();
    throw wrongType(info, index,
                    type == napi_float32_array ? "a Float32Array" : "a Float64Array");
  }
  static const vidtok::Kernels& kernelsOf(int64_t number) {
    const vidtok::Isa& isa = vidtok::isas()[size_t(number)];
    if (!isa.reason.empty()) throw std::invalid_argument(isa.reason);
    return *isa.kernels;
  }

  // Asked for anew by each call, as JavaScript may take the memory away.
  vidtok::Reader commands() const {
    const Napi::Float64Array numbers = commands_.Value();
    return vidtok::Reader(numbers.Data(), numbers.ElementLength());
  }

  Napi::Reference<Napi::Float64Array> commands_;
  Session session_;
  vidtok::Owners owners_;
  vidtok::ExternalMemory external_;
  int64_t produced_ = 0;  // bytes of storages since the last sweep

  static constexpr int64_t kCollectFrom = int64_t(64) << 20;
  static constexpr int64_t kSweepEvery = int64_t(1) << 20;
  // What a storage takes besides its elements, so that many small ones lead to a sweep too.
  static constexpr int64_t kOverhead = 4096;
};

Napi::Object start(Napi::Env env, Napi::Object exports) {
  auto list = Napi::Array::New(env);
  for (const auto& isa : vidtok::isas()) {
    auto entry = Napi::Object::New(env);
    entry.Set("isa", isa.kernels->name);
    entry.Set("reason", isa.reason);
    list.Set(list.Length(), entry);
  }
  exports.Set("isas", list);
  exports.Set("Session", NativeSession::define(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(vidtok_native, start)
