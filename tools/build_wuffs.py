"""Build a wheel of pywuffs, which is on PyPI as source only: ``python -m tools.build_wuffs [folder]``.

The wheel has the name and the interface of the original. Two changes make it faster for games, and vfsloader uses them
where it finds them: the pixels are a buffer that is shared, not copied into an array of NumPy; and memory that the
decoder fills is not filled with zeros first. It needs a C++ compiler, and takes about a minute.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

VERSION = "2.0.1"
#: The version of the wheel: the same release for pip, so that it satisfies what needs `VERSION`.
LOCAL_VERSION = f"{VERSION}+vfsloader.1"

#: Memory of large pictures in large pages: a third of the time to decode one is spent on the faults of small pages.
ALLOCATOR = """
// Gets zeros from the system, which has them ready, instead of writing them.
template <typename T>
struct ZeroedAllocator {
  using value_type = T;
  static constexpr size_t kLarge = 4 << 20;
  ZeroedAllocator() = default;
  template <typename U>
  ZeroedAllocator(const ZeroedAllocator<U>&) noexcept {}
  T* allocate(size_t count) {
#ifdef __linux__
    if (count * sizeof(T) >= kLarge) {
      void* pages = mmap(nullptr, count * sizeof(T), PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (pages == MAP_FAILED) {
        throw std::bad_alloc();
      }
      madvise(pages, count * sizeof(T), MADV_HUGEPAGE);
      return static_cast<T*>(pages);
    }
#endif
    void* memory = std::calloc(count, sizeof(T));
    if (!memory) {
      throw std::bad_alloc();
    }
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, size_t count) noexcept {
#ifdef __linux__
    if (count * sizeof(T) >= kLarge) {
      munmap(memory, count * sizeof(T));
      return;
    }
#endif
    std::free(memory);
  }
  template <typename U>
  void construct(U*) noexcept {}
  template <typename U>
  bool operator==(const ZeroedAllocator<U>&) const noexcept { return true; }
  template <typename U>
  bool operator!=(const ZeroedAllocator<U>&) const noexcept { return false; }
};

"""
WORK_BUFFER = """  AllocWorkbufResult AllocWorkbuf(wuffs_base__range_ii_u64 range,
                                  bool allow_uninitialized_memory) override {
#ifdef __linux__
    constexpr uint64_t kPage = 2 << 20;
    if (allow_uninitialized_memory && range.max_incl >= 2 * kPage &&
        range.max_incl < SIZE_MAX - kPage) {
      const size_t length = static_cast<size_t>(range.max_incl);
      const size_t rounded = (length + kPage - 1) / kPage * kPage;
      void* memory = aligned_alloc(kPage, rounded);
      if (memory) {
        madvise(memory, rounded, MADV_HUGEPAGE);
        return {wuffs_aux::MemOwner(memory, &free),
                wuffs_base__make_slice_u8(static_cast<uint8_t*>(memory), length)};
      }
    }
#endif
    return wuffs_aux::DecodeImageCallbacks::AllocWorkbuf(
        range, allow_uninitialized_memory);
  }

  /* End of DecodeImageCallbacks methods implementation */
"""

#: By file, each text that is replaced, with what replaces it. Each is there exactly once.
CHANGES = {
    "setup.py": [(f'version="{VERSION}"', f'version="{LOCAL_VERSION}"')],
    "src/wuffs-bindings.cpp": [
        ('aux_m, "ImageDecodingResult",\n', 'aux_m, "ImageDecodingResult", py::buffer_protocol(),\n'),
        (
            """      .def_property_readonly(
          "pixbuf",
""",
            """      .def_buffer([](wuffs_aux_wrap::ImageDecodingResult& self) {
        return py::buffer_info(
            self.pixbuf.data(), sizeof(uint8_t),
            py::format_descriptor<uint8_t>::format(), 1,
            {static_cast<py::ssize_t>(self.pixbuf.size())}, {1});
      })
      .def_property_readonly(
          "pixbuf",
""",
        ),
    ],
    "src/wuffs-aux-image-wrapper.h": [
        (
            "#include <map>\n",
            """#include <cstdlib>
#include <map>
#include <memory>
#include <new>
#ifdef __linux__
#include <sys/mman.h>
#endif
""",
        ),
        ("struct ImageDecodingResult {\n", ALLOCATOR + "struct ImageDecodingResult {\n"),
        ("  /* End of DecodeImageCallbacks methods implementation */\n", WORK_BUFFER),
        ("  std::vector<uint8_t> pixbuf;\n", "  std::vector<uint8_t, ZeroedAllocator<uint8_t>> pixbuf;\n"),
        (
            """    decoding_result_.pixbuf.resize(len);
    if (!allow_uninitialized_memory) {
      std::memset(decoding_result_.pixbuf.data(), 0,
                  decoding_result_.pixbuf.size());
    }
""",
            """    decoding_result_.pixbuf = {};
    decoding_result_.pixbuf.resize(len);
""",
        ),
    ],
}


def build(folder: Path) -> Path:
    """Build the wheel for this Python into a folder, and return it."""
    with tempfile.TemporaryDirectory(prefix="wuffs-") as work:
        _run("download", "--no-deps", "--no-binary", "pywuffs", "--dest", work, f"pywuffs=={VERSION}")
        with tarfile.open(Path(work, f"pywuffs-{VERSION}.tar.gz")) as archive:
            archive.extractall(work, filter="data")
        source = Path(work, f"pywuffs-{VERSION}")
        for name, changes in CHANGES.items():
            file = source / name
            text = file.read_text()
            for before, after in changes:
                if text.count(before) != 1:
                    raise SystemExit(f"{name} of pywuffs {VERSION} does not have this once: {before.strip()}")
                text = text.replace(before, after)
            file.write_text(text)
        _run("wheel", "--no-deps", "--wheel-dir", str(folder), str(source))
    return next(folder.glob(f"pywuffs-{LOCAL_VERSION}-cp{sys.version_info.major}{sys.version_info.minor}-*.whl"))


def _run(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", *arguments, "--quiet"], check=True)


def main() -> None:
    """Build it, and print where it is."""
    parser = argparse.ArgumentParser(prog="python -m tools.build_wuffs", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("dist"), help="where to put the wheel")
    parser.add_argument("--install", action="store_true", help="install it into this environment, too")
    chosen = parser.parse_args()
    wheel = build(chosen.folder)
    if chosen.install:
        _run("install", "--no-deps", "--force-reinstall", str(wheel))
    print(wheel)


if __name__ == "__main__":
    main()
