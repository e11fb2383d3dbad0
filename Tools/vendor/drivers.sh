# The drivers that the tests and the vendor gate use beside the system's; sourced. Each function leaves its driver in
# the cache folder, where the next run finds it.

. "$(dirname "${BASH_SOURCE[0]}")/archive.sh"

# SwiftShader, which executes on the CPU and offers little beyond the core: it ships inside Chromium.
# Sets `swiftshader_icd`.
setup_swiftshader() {
  local directory=$cache/swiftshader
  swiftshader_icd=$directory/icd.json
  archive_unpack "$directory" chromium-common/bookworm || return
  [[ -f $swiftshader_icd ]] || publish "$swiftshader_icd" icd_manifest SwiftShader \
    "$directory/usr/lib/chromium/vk_swiftshader_icd.json" "$directory/usr/lib/chromium/libvk_swiftshader.so"
}

# Mesa of Debian 12 (`bookworm`) or of its backports (`bookworm-backports`), whose AMD driver compiles for GPUs that are
# not there (RADV_FORCE_FAMILY), and whose Intel driver does on the stub below.
# Leaves $cache/mesa-SUITE/{radeon,intel}.json.
setup_mesa() {
  local suite=$1 directory=$cache/mesa-$1 packages=("mesa-vulkan-drivers/$1") driver
  # The backport wants a newer libdrm than Debian 12's; what else it links is the system's.
  if [[ $suite == bookworm-backports ]]; then packages+=("libdrm2/$suite" "libdrm-amdgpu1/$suite"); fi
  archive_unpack "$directory" "${packages[@]}" || return
  for driver in radeon intel; do
    [[ -f $directory/$driver.json ]] || LD_LIBRARY_PATH=$directory/$library_path publish "$directory/$driver.json" \
      icd_manifest "Mesa's $driver driver" "$directory"/usr/share/vulkan/icd.d/${driver}_icd*.json \
      "$directory/$library_path/libvulkan_$driver.so" || return
  done
}

# Mesa's stub of Intel's kernel driver, from the sources of the same Mesa: no binary package has it.
# Leaves $cache/stub-SUITE.so.
setup_intel_stub() {
  local suite=$1 stub=$cache/stub-$1.so sources=$cache/mesa-source-$1 build=$cache/stub-build-$1
  [[ ! -f $stub ]] || return 0
  setup_build_tools || return
  archive_source "$sources" "mesa/$suite" || return
  printf 'building the Intel stub of %s (about a minute)\n' "$suite" >&2
  rm -rf "$build"
  if ! build_intel_stub "$sources" "$build" >"$build.log" 2>&1; then
    tail -n 20 "$build.log" >&2
    unavailable "the Intel stub of $suite did not build; log: $build.log" || return
  fi
  cp "$build/src/intel/tools/libintel_noop_drm_shim.so" "$stub.partial" && mv "$stub.partial" "$stub"
  rm -rf "$build" "$sources"
}

# Meson of the backports: Debian 12's is too old for the newer Mesa.
setup_build_tools() {
  local tool
  for tool in g++ pkg-config python3; do
    [[ -x /usr/bin/$tool ]] || unavailable "the Intel stub needs Debian's $tool (apt-get install $tool)" || return
  done
  archive_unpack "$cache/build-tools" meson/bookworm-backports {ninja-build,bison,flex,m4}/bookworm \
    {python3-mako,python3-markupsafe,python3-yaml,libdrm-dev,libpciaccess-dev,libexpat1-dev,zlib1g-dev}/bookworm
}

# The compilers and headers come from the cache folder. Meson wants its own Python's mako: the system's, first on PATH.
build_intel_stub() (
  sources=$1 build=$2 tools=$cache/build-tools target=src/intel/tools/libintel_noop_drm_shim.so
  export PATH=$tools/usr/bin:/usr/bin:/bin PYTHONPATH=$tools/usr/lib/python3/dist-packages
  export BISON_PKGDATADIR=$tools/usr/share/bison M4=$tools/usr/bin/m4
  export PKG_CONFIG_PATH=$tools/$library_path/pkgconfig PKG_CONFIG_SYSROOT_DIR=$tools
  off=(egl gbm gles1 gles2 glx libunwind llvm valgrind zstd)
  off=("${off[@]/#/-D}")
  nice meson setup "$build" "$sources" --wrap-mode=nodownload -Dbuildtype=release -Dtools=drm-shim,intel \
    -Dplatforms= -Dgallium-drivers= -Dvulkan-drivers= -Dopengl=false "${off[@]/%/=disabled}" || return
  nice ninja -C "$build" "$target"
)

# publish FILE COMMAND... : the command's output as FILE, all of it or nothing.
publish() {
  local file=$1
  shift
  "$@" >"$file.partial" && mv "$file.partial" "$file"
}
