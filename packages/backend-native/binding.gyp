{
  "variables": {
    "flags": [
      "-std=c++17", "-O3", "-fPIC", "-fno-math-errno", "-ffp-contract=fast", "-fvisibility=hidden",
      "-Wall", "-Wextra", "-Wno-psabi", "-Wno-unused-function"
    ]
  },
  "target_defaults": {
    "cflags_cc!": ["-std=gnu++17", "-std=gnu++20", "-fno-exceptions", "-O2"],
    "cflags_cc": ["<@(flags)"],
    "xcode_settings": {
      "OTHER_CPLUSPLUSFLAGS": ["<@(flags)"],
      "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
      "CLANG_CXX_LIBRARY": "libc++",
      "MACOSX_DEPLOYMENT_TARGET": "11.0"
    },
    "configurations": {
      "Debug": {
        "cflags_cc!": ["-O3", "-O0"],
        "cflags_cc": [
          "-O1", "-g", "-fno-omit-frame-pointer", "-fno-sanitize-recover=all",
          "-fsanitize=address,signed-integer-overflow,integer-divide-by-zero,float-cast-overflow,bounds,shift,enum"
        ],
        "ldflags": ["-fsanitize=address,undefined"]
      }
    }
  },
  "targets": [
    {
      "target_name": "kernels_portable",
      "type": "static_library",
      "sources": ["native/kernels_portable.cc"]
    },
    {
      "target_name": "vidtok_native",
      "sources": [
        "native/addon.cc",
        "native/allocator.cc",
        "native/arena.cc",
        "native/checked.cc",
        "native/convSizes.cc",
        "native/isa.cc",
        "native/parsedFormula.cc",
        "native/pool.cc",
        "native/reader.cc",
        "native/session.cc"
      ],
      "dependencies": ["kernels_portable"],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": ["NAPI_VERSION=8", "NAPI_CPP_EXCEPTIONS"],
      "conditions": [
        ["target_arch=='x64'", { "dependencies": ["kernels_avx2", "kernels_avx512", "kernels_avx512bf16", "kernels_amx"] }]
      ]
    }
  ],
  "conditions": [
    ["target_arch=='x64'", {
      "targets": [
        {
          "target_name": "kernels_avx2",
          "type": "static_library",
          "cflags_cc": ["-mavx2", "-mfma"],
          "xcode_settings": { "OTHER_CPLUSPLUSFLAGS": ["-mavx2", "-mfma"] },
          "sources": ["native/kernels_avx2.cc"]
        },
        {
          "target_name": "kernels_avx512",
          "type": "static_library",
          "cflags_cc": ["-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mfma"],
          "xcode_settings": { "OTHER_CPLUSPLUSFLAGS": ["-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mfma"] },
          "sources": ["native/kernels_avx512.cc"]
        },
        {
          "target_name": "kernels_avx512bf16",
          "type": "static_library",
          "cflags_cc": ["-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mavx512bf16", "-mfma"],
          "xcode_settings": { "OTHER_CPLUSPLUSFLAGS": ["-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mavx512bf16", "-mfma"] },
          "sources": ["native/kernels_avx512bf16.cc"]
        },
        {
          "target_name": "kernels_amx",
          "type": "static_library",
          "cflags_cc": ["-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mavx512bf16", "-mamx-tile", "-mamx-bf16", "-mfma"],
          "xcode_settings": { "OTHER_CPLUSPLUSFLAGS": ["-mavx512f", "-mavx512bw", "-mavx512dq", "-mavx512vl", "-mavx512bf16", "-mamx-tile", "-mamx-bf16", "-mfma"] },
          "sources": ["native/kernels_amx.cc"]
        }
      ]
    }]
  ]
}
