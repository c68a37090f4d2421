{
  # Both are given by build.mjs. Not "asan": that is a variable of Node itself, which counts for more.
  "variables": { "has_sanitizer%": 0, "rdkafka_headers%": "" },
  "targets": [
    {
      "target_name": "fast_path",
      "sources": [
        "src/addon.cc",
        "src/clients.cc",
        "src/configs.cc",
        "src/give.cc",
        "src/giver.cc",
        "src/librdkafka.cc",
        "src/parcel.cc",
        "src/plugin.cc",
        "src/quit.cc",
        "src/reports.cc",
        "src/sockets.cc",
        "src/take.cc"
      ],
      "include_dirs": ["<(rdkafka_headers)"],
      "defines": ["NAPI_VERSION=8"],
      "cflags_cc": ["-std=c++17", "-fvisibility=hidden", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Wno-ignored-qualifiers"],
      "cflags_cc!": ["-std=gnu++17", "-std=gnu++20"],
      "xcode_settings": {
        "CLANG_CXX_LANGUAGE_STANDARD": "c++17",
        "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
        "MACOSX_DEPLOYMENT_TARGET": "11.0"
      },
      "conditions": [
        ["OS=='linux'", { "libraries": ["-ldl"] }],
        [
          "has_sanitizer==1",
          {
            "cflags_cc": ["-fsanitize=address", "-fno-omit-frame-pointer", "-g", "-O1"],
            "ldflags": ["-fsanitize=address"]
          }
        ]
      ]
    }
  ]
}
