// The JavaScript side of `Session`.
#include <napi.h>

#include "isa.h"
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
  explicit NativeSession(const Napi::CallbackInfo& info)
      : ObjectWrap(info),
        commands_(Napi::Persistent(info[0].As<Napi::Float64Array>())),
        at_(commands_.Value().Data()),
        session_(info[1].As<Napi::Number>().Int32Value(),
                 *vidtok::isas().at(info[2].As<Napi::Number>().Uint32Value()).kernels) {}

 private:
  template <class F>
  Napi::Value guarded(const Napi::CallbackInfo& info, F body) {
    try {
      return body();
    } catch (const std::bad_alloc&) {
      const std::string live = std::to_string(session_.live() >> 20);
      throw Napi::Error::New(info.Env(), "native: out of memory with " + live + " MiB in tensors");
    } catch (const std::exception& error) {
      throw Napi::Error::New(info.Env(), std::string("native: ") + error.what());
    }
  }

  template <int64_t (Session::*kernel)(vidtok::Reader)>
  Napi::Value run(const Napi::CallbackInfo& info) {
    return guarded(info, [&] { return number(info, (session_.*kernel)(vidtok::Reader(at_))); });
  }

  template <std::vector<int64_t> (Session::*kernel)(vidtok::Reader)>
  Napi::Value runAll(const Napi::CallbackInfo& info) {
    return guarded(info, [&] {
      auto blocks = Napi::Array::New(info.Env());
      for (int64_t block : (session_.*kernel)(vidtok::Reader(at_)))
        blocks.Set(blocks.Length(), number(info, block));
      return Napi::Value(blocks);
    });
  }

  Napi::Value upload(const Napi::CallbackInfo& info) {
    return guarded(info, [&] {
      const auto data = info[0].As<Napi::Float32Array>();
      return number(info, session_.upload(data.Data(), int64_t(data.ElementLength())));
    });
  }

  // Fills the Float32Array given second.
  Napi::Value read(const Napi::CallbackInfo& info) {
    return guarded(info, [&] {
      auto to = info[1].As<Napi::Float32Array>();
      session_.read(handle(info), int64_t(to.ElementLength()), to.Data());
      return info.Env().Undefined();
    });
  }

  Napi::Value free(const Napi::CallbackInfo& info) {
    return guarded(info, [&] {
      session_.release(handle(info));
      return info.Env().Undefined();
    });
  }

  Napi::Value copy(const Napi::CallbackInfo& info) {
    return guarded(info, [&] { return number(info, session_.copy(handle(info))); });
  }

  Napi::Value multiplyAdds(const Napi::CallbackInfo& info) {
    const bool isBf16 = info[0].As<Napi::String>().Utf8Value() == "bf16";
    const Format operands = isBf16 ? Format::bf16 : Format::f32;
    const int64_t rounds = info[1].As<Napi::Number>().Int64Value();
    return Napi::Number::New(info.Env(), session_.multiplyAdds(operands, rounds));
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
    session_.trim();
    return info.Env().Undefined();
  }

  static Napi::Value number(const Napi::CallbackInfo& info, int64_t value) {
    return Napi::Number::New(info.Env(), static_cast<double>(value));
  }
  static int64_t handle(const Napi::CallbackInfo& info) {
    return info[0].As<Napi::Number>().Int64Value();
  }

  Napi::Reference<Napi::Float64Array> commands_;
  const double* at_;
  Session session_;
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
